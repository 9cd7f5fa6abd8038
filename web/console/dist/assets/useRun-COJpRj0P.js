import{Bt as e,Dt as t,Et as n,It as r,Lt as i,Tt as a,Vt as o,an as s,nn as c,rn as l,wt as u}from"./index-5kMOsfJ-.js";import{n as d,t as f}from"./known-FTyuTMsL.js";function p(t,n){var r=typeof n==`object`;return new Promise(function(i,a){var s=new o({next:function(e){i(e),s.unsubscribe()},error:a,complete:function(){r?i(n.defaultValue):a(new e)}});t.subscribe(s)})}var m=s(l(),1);function h(e){return e===`COMPLETED`||e===`FAILED`||e===`CANCELLED`}var g=d`
  fragment RunEventFields on ExecutionEvent {
    __typename
    seq
    occurredAt
    ... on ExecutionStatusChanged {
      status
      reason
    }
    ... on StageStarted {
      stageOrder
      attemptNumber
      itemIndex
      itemCount
      log {
        id
        visit
        stageName
        executedAt
      }
    }
    ... on StageFinished {
      stageOrder
      attemptNumber
      itemIndex
      validationResult
      nextStageOrder
      routeValue
      log {
        id
        status
        validationResult
        validatorNotes
        errorMessage
        answeredAt
        durationMs
        usage {
          promptTokens
          completionTokens
          totalTokens
        }
        rawOutput @include(if: $deltas)
        editedOutput @include(if: $deltas)
      }
    }
    ... on StageRetryScheduled {
      stageOrder
      attemptNumber
      itemIndex
      retryAt
      reason
    }
    ... on ManualValidationRequested {
      log {
        id
        answeredAt
        rawOutput @include(if: $deltas)
      }
    }
    ... on ManualValidationRecorded {
      result
      notes
      log {
        id
      }
    }
    ... on StageOutputDelta {
      stageOrder
      attemptNumber
      itemIndex
      logId
      offset
      text
    }
  }
`,_=class{run;#e;#t=null;constructor(e){this.#e=e,this.run={...e}}begin(e){this.run.open=[...this.run.open,this.#n().push(e)-1]}change(e,t){let n=this.#n(),r=n[e];r&&(n[e]={...r,...t})}close(e,t){this.change(e,{awaitsPerson:!1,...t}),this.run.open=this.run.open.filter(t=>t!==e)}find(e){let{attempts:t,open:n}=this.run,r=n.findLast(n=>e(t[n]));if(r!==void 0)return r;let i=t.findLastIndex(e);return i<0?null:i}openWhere(e){return this.run.open.filter(t=>e(this.run.attempts[t]))}finish(){return this.run.lastSeq===this.#e.lastSeq&&this.#t===null?this.#e:this.run}#n(){return this.#t===null&&(this.#t=[...this.run.attempts],this.run.attempts=this.#t),this.#t}};function v(e){let{status:t,statusReason:n,history:r}=e,i=r.at(-1)?.at;if(t===null||i===void 0||h(t))return null;let a={since:i,until:null,reason:n,stageOrder:null,itemIndex:null,logId:null};if(n===`JUDGE_WAIT`)return{...a,kind:`judge`};if(t===`RUNNING`||n===`RETRY_WAIT`)return null;if(t===`PENDING`)return{...a,kind:`turn`};if(n!==`AWAITING_VALIDATION`)return{...a,kind:`pause`};let o=e.open.find(t=>e.attempts[t]?.awaitsPerson),s=o===void 0?void 0:e.attempts[o];if(!s)return{...a,kind:`person`};let{stageOrder:c,itemIndex:l,logId:u}=s;return{...a,kind:`person`,stageOrder:c,itemIndex:l,logId:u}}function y(e,t,n){if(t===0)return{text:n,codePoints:b(n)};if(t>e.codePoints)return e;let r=t===e.codePoints?n:n.slice(x(n,e.codePoints-t));return r===``?e:{text:e.text+r,codePoints:e.codePoints+b(r)}}function b(e){let t=e.length;for(let n=1;n<e.length;n+=1)S(e,n)&&(--t,n+=1);return t}function x(e,t){let n=0;for(let r=t;r>0&&n<e.length;--r)n+=S(e,n+1)?2:1;return n}function S(e,t){let[n,r]=[e.charCodeAt(t-1),e.charCodeAt(t)];return n>=55296&&n<56320&&r>=56320&&r<57344}function C(e,t){let n=new _(e);for(let e of t)w(n,e);return n.finish()}function w(e,t){let{run:n}=e;if(t.__typename!==`StageOutputDelta`){if(t.seq<=n.lastSeq)return;t.seq>n.lastSeq+1&&(n.gap=!0),n.lastSeq=t.seq}switch(t.__typename){case`StageOutputDelta`:ee(e,t);break;case`ExecutionStatusChanged`:T(e,t);break;case`StageStarted`:E(e,t);break;case`StageFinished`:D(e,t);break;case`StageRetryScheduled`:O(e,t);break;case`ManualValidationRequested`:k(e,t);break;case`ManualValidationRecorded`:j(e,t)}}function T(e,{seq:t,occurredAt:n,status:r,reason:i}){let{run:a}=e;if(a.createdAt??=n,r===`RUNNING`&&(a.startedAt??=n),M(e,{seq:t,at:n,status:r,reason:i}),!h(r))return;a.endedAt=n,a.waits=[];let o=r===`CANCELLED`?`CANCELLED`:`INTERRUPTED`;for(let t of a.open)e.close(t,{status:o,verdict:`ERROR`,endedAt:n})}function E(e,t){let{run:n}=e,{stageOrder:r,attemptNumber:i,itemIndex:a,itemCount:o,log:s}=t;P(e,t),n.currentStageOrder=r,n.waits=n.waits.filter(e=>e.kind!==`retry`||!F(e,t)),e.begin({...I,logId:s.id,stageOrder:r,stageName:s.stageName,attemptNumber:i,visit:s.visit,itemIndex:a,itemCount:o,startedAt:s.executedAt})}function D(e,t){let{log:n,occurredAt:r,validationResult:i,nextStageOrder:a,routeValue:o}=t,s=e.find(({logId:e})=>e===n.id);if(s===null)return;e.close(s,{...A(n),status:n.status,endedAt:r,answeredAt:n.answeredAt,verdict:i,notes:n.validatorNotes,errorMessage:n.errorMessage,editedOutput:n.editedOutput??null,nextStageOrder:a,routeValue:o,usage:n.usage,durationMs:n.durationMs});let{run:c}=e;c.currentStageOrder=a??c.currentStageOrder,c.status===`RUNNING`&&c.statusReason===`JUDGE_WAIT`&&M(e,{seq:t.seq,at:r,status:`RUNNING`,reason:null})}function O(e,t){let{run:n}=e,{stageOrder:r,itemIndex:i,attemptNumber:a,occurredAt:o,retryAt:s,reason:c}=t;P(e,t);let l=e.find(e=>F(e,t)&&e.attemptNumber<a),u=l===null?null:n.attempts[l]?.logId??null;l!==null&&e.change(l,{retry:{attemptNumber:a,scheduledAt:o,retryAt:s,reason:c}}),n.waits=[...n.waits,{kind:`retry`,since:o,until:s,reason:c,stageOrder:r,itemIndex:i,logId:u}]}function k(e,{occurredAt:t,log:n}){let r=e.find(({logId:e})=>e===n.id),i={...A(n),answeredAt:n.answeredAt};r!==null&&e.change(r,{awaitsPerson:!0,askedAt:t,...i}),N(e)}var A=({rawOutput:e})=>e==null?{}:{text:e,codePoints:b(e)};function j(e,{seq:t,occurredAt:n,result:r,notes:i,log:a}){let o=e.find(({logId:e})=>e===a.id);o!==null&&e.change(o,{awaitsPerson:!1,decision:{result:r,notes:i,at:n}}),e.run.status===`PAUSED`&&M(e,{seq:t,at:n,status:`PAUSED`,reason:`PAUSE_REQUESTED`})}function ee(e,{logId:t,offset:n,text:r}){let i=e.find(e=>e.logId===t),a=i===null?void 0:e.run.attempts[i];if(i===null||a?.status!==`STARTED`)return;let o=y(a,n,r);o!==a&&e.change(i,o)}function M(e,t){let{run:n}=e;n.status=t.status,n.statusReason=t.reason,n.history=[...n.history,t],N(e)}function N({run:e}){let t=v(e),n=e.waits.filter(({kind:e})=>e===`retry`);e.waits=t?[t,...n]:n}function P(e,t){let n=e=>F(e,t)&&e.attemptNumber<t.attemptNumber;for(let r of e.openWhere(n))e.close(r,{status:`INTERRUPTED`,verdict:`ERROR`,endedAt:t.occurredAt})}function F(e,t){return e.stageOrder===t.stageOrder&&e.itemIndex===t.itemIndex}var I={status:`STARTED`,answeredAt:null,endedAt:null,text:``,codePoints:0,verdict:`PENDING`,notes:null,errorMessage:null,awaitsPerson:!1,askedAt:null,decision:null,editedOutput:null,retry:null,nextStageOrder:null,routeValue:null,usage:null,durationMs:null},L=d`
  fragment FootlightShown on Execution {
    __typename
    id
    status
    statusReason
    currentStageOrder
    pauseRequested
    nextRunAt
    errorMessage
    startedAt
    completedAt
  }
`,R=100,z=4;async function B(e,{id:t,after:n,deltas:a,signal:o},s){let c=async n=>{let s={id:t,after:n,deltas:a},c={...u,fetchOptions:{signal:o}},l=await p(i.execute(e.link,{query:H,variables:s,context:c},{client:e}));if(l.errors)throw new r(l);return l.data?.execution??null},l=await c(n);if(l===null||o.aborted)return;s(l.events,l);let d=[];for(let e=n+R;e<l.lastEventSeq;e+=R)d.push(e);let f=d.map(V(z,c));for(let e of f)e.catch(()=>{});for(let e of f){let t=(await e)?.events??[];if(o.aborted)return;s(t,null)}}function V(e,t){let n=Array.from({length:e},()=>Promise.resolve()),r=0;return i=>{let a=r++%e,o=n[a].then(()=>t(i));return n[a]=o,o}}var H=d`
  query RunEvents($id: ID!, $after: Int!, $deltas: Boolean!) {
    execution(id: $id) {
      ...FootlightShown
      lastEventSeq
      events(first: 100, after: $after) {
        ...RunEventFields
      }
    }
  }
  ${g}
  ${L}
`;function U(e){return{id:e,lastSeq:0,gap:!1,status:null,statusReason:null,createdAt:null,startedAt:null,endedAt:null,currentStageOrder:null,attempts:[],open:[],waits:[],history:[]}}var W=1e4,G=1e3,K=400,q=new WeakMap;function J(e,t,n){let r=q.get(e);r||(r=new Map,q.set(e,r));let i=`${t} ${n}`,a=r.get(i);return a||(a=Y(e,t,n,()=>r.delete(i)),r.set(i,a)),a}function Y(e,n,r,i){let o=new Set,s={run:U(n),error:null},c=s.run,l=[],d=null,f=null,p=null,m;function g(){let n=l.splice(0,G);d&&$(e,d),d=null,re(e,n),c=C(c,n),l.length>0?t(g):_({run:c,error:f})}function _(e){if(e.run!==s.run||e.error!==s.error){s=e;for(let e of[...o])e()}}async function v({signal:i}){let a=performance.now();for(await B(e,{id:n,deltas:r===!0,after:s.run.lastSeq,signal:i},(e,n)=>{l.push(...e),d=n??d,n===null&&performance.now()-a<K||(a=performance.now(),t(g))}).catch(()=>{}),l.length>0&&t(g);l.length>0;)await X();!i.aborted&&!h(s.run.status)&&y(i)}function y(i){let o={id:n,after:s.run.lastSeq,deltas:r!==!1},c={...u,queryDeduplication:!1},d=e.subscribe({query:Z,variables:o,fetchPolicy:`no-cache`,context:c}).subscribe({next({data:e,error:n}){e&&l.push(e.executionEvents),f=a(n)[0]??null,t(g)}});i.addEventListener(`abort`,()=>d.unsubscribe(),{once:!0})}function b(){p?.abort(),p=null,l=[],c=s.run,i()}return{current:()=>s,subscribe(e){return clearTimeout(m),o.add(e),p===null&&(p=new AbortController,v(p)),()=>{o.delete(e),o.size===0&&(m=setTimeout(b,s.error?0:W))}}}}var X=()=>new Promise(e=>{t(e)}),Z=d`
  subscription WatchRun($id: ID!, $after: Int!, $deltas: Boolean!) {
    executionEvents(executionId: $id, after: $after, deltas: $deltas) {
      ...RunEventFields @unmask
      ... on ExecutionStatusChanged {
        execution {
          ...FootlightShown @unmask
        }
      }
    }
  }
  ${g}
  ${L}
`,Q=d`
  fragment FootlightFinished on ExecutionLog {
    id
    status
    validationResult
    validatorNotes
    errorMessage
    answeredAt
    durationMs
    usage {
      promptTokens
      completionTokens
      totalTokens
    }
  }
`,te=[`rawOutput`,`parsedOutput`,`editedOutput`,`reasoning`,`judgeReasoning`,`finishReason`,`validatedAt`],ne=[`diagnosis`,`output`,`executionContext`,`lastEventSeq`];function re(e,t){let n=t.findLast(e=>e.__typename===`ExecutionStatusChanged`);n?.execution&&$(e,n.execution);for(let n of t)n.__typename===`StageFinished`&&ie(e,n.log)}function $(e,t){f(e,L,{...t},ne)}function ie(e,t){let n=t.usage&&{__typename:`Usage`,...t.usage};f(e,Q,{...t,__typename:`ExecutionLog`,usage:n},te)}function ae(e,{deltas:t=!1}={}){let r=c(),i=(0,m.useMemo)(()=>J(r,e,t),[r,e,t]),{run:a,error:o}=(0,m.useSyncExternalStore)(i.subscribe,i.current);return{run:a,connection:n(),error:o}}export{U as n,h as r,ae as t};