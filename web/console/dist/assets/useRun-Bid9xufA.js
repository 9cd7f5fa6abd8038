import{$t as e,Bt as t,Dt as n,Et as r,Gt as i,Ot as a,Vt as o,Wt as s,Xt as c,Zt as l,kt as u,zt as d}from"./index-BBfwBOhx.js";import{t as f}from"./known-Bwsic_eS.js";function p(e,t){var n=typeof t==`object`;return new Promise(function(r,a){var o=new i({next:function(e){r(e),o.unsubscribe()},error:a,complete:function(){n?r(t.defaultValue):a(new s)}});e.subscribe(o)})}var m=e(l(),1);function h(e){return e===`COMPLETED`||e===`FAILED`||e===`CANCELLED`}var g=d`
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
`,_=class{run;#e;#t=null;constructor(e){this.#e=e,this.run={...e}}begin(e){this.run.open=[...this.run.open,this.#n().push(e)-1]}change(e,t){let n=this.#n(),r=n[e];r&&(n[e]={...r,...t})}close(e,t){this.change(e,{awaitsPerson:!1,...t}),this.run.open=this.run.open.filter(t=>t!==e)}find(e){let{attempts:t,open:n}=this.run,r=n.findLast(n=>e(t[n]));if(r!==void 0)return r;let i=t.findLastIndex(e);return i<0?null:i}openWhere(e){return this.run.open.filter(t=>e(this.run.attempts[t]))}finish(){return this.run.lastSeq===this.#e.lastSeq&&this.#t===null?this.#e:this.run}#n(){return this.#t===null&&(this.#t=[...this.run.attempts],this.run.attempts=this.#t),this.#t}};function v(e){let{status:t,statusReason:n,history:r}=e,i=r.at(-1)?.at;if(t===null||i===void 0||h(t))return null;let a={since:i,until:null,reason:n,stageOrder:null,itemIndex:null,logId:null};if(n===`JUDGE_WAIT`)return{...a,kind:`judge`};if(t===`RUNNING`||n===`RETRY_WAIT`)return null;if(t===`PENDING`)return{...a,kind:`turn`};if(n!==`AWAITING_VALIDATION`)return{...a,kind:`pause`};let o=e.open.find(t=>e.attempts[t]?.awaitsPerson),s=o===void 0?void 0:e.attempts[o];if(!s)return{...a,kind:`person`};let{stageOrder:c,itemIndex:l,logId:u}=s;return{...a,kind:`person`,stageOrder:c,itemIndex:l,logId:u}}function y(e,t,n){if(t===0)return{text:n,codePoints:b(n)};if(t>e.codePoints)return e;let r=t===e.codePoints?n:n.slice(x(n,e.codePoints-t));return r===``?e:{text:e.text+r,codePoints:e.codePoints+b(r)}}function b(e){let t=e.length;for(let n=1;n<e.length;n+=1)S(e,n)&&(--t,n+=1);return t}function x(e,t){let n=0;for(let r=t;r>0&&n<e.length;--r)n+=S(e,n+1)?2:1;return n}function S(e,t){let[n,r]=[e.charCodeAt(t-1),e.charCodeAt(t)];return n>=55296&&n<56320&&r>=56320&&r<57344}function C(e,t){let n=new _(e);for(let e of t)w(n,e);return n.finish()}function w(e,t){let{run:n}=e;if(t.__typename!==`StageOutputDelta`){if(t.seq<=n.lastSeq)return;t.seq>n.lastSeq+1&&(n.gap=!0),n.lastSeq=t.seq}switch(t.__typename){case`StageOutputDelta`:j(e,t);break;case`ExecutionStatusChanged`:T(e,t);break;case`StageStarted`:ee(e,t);break;case`StageFinished`:E(e,t);break;case`StageRetryScheduled`:D(e,t);break;case`ManualValidationRequested`:O(e,t);break;case`ManualValidationRecorded`:A(e,t)}}function T(e,{seq:t,occurredAt:n,status:r,reason:i}){let{run:a}=e;if(a.createdAt??=n,r===`RUNNING`&&(a.startedAt??=n),M(e,{seq:t,at:n,status:r,reason:i}),!h(r))return;a.endedAt=n,a.waits=[];let o=r===`CANCELLED`?`CANCELLED`:`INTERRUPTED`;for(let t of a.open)e.close(t,{status:o,verdict:`ERROR`,endedAt:n})}function ee(e,t){let{run:n}=e,{stageOrder:r,attemptNumber:i,itemIndex:a,itemCount:o,log:s}=t;P(e,t),n.currentStageOrder=r,n.waits=n.waits.filter(e=>e.kind!==`retry`||!F(e,t)),e.begin({...I,logId:s.id,stageOrder:r,stageName:s.stageName,attemptNumber:i,visit:s.visit,itemIndex:a,itemCount:o,startedAt:s.executedAt})}function E(e,t){let{log:n,occurredAt:r,validationResult:i,nextStageOrder:a,routeValue:o}=t,s=e.find(({logId:e})=>e===n.id);if(s===null)return;e.close(s,{...k(n),status:n.status,endedAt:r,answeredAt:n.answeredAt,verdict:i,notes:n.validatorNotes,errorMessage:n.errorMessage,editedOutput:n.editedOutput??null,nextStageOrder:a,routeValue:o,usage:n.usage,durationMs:n.durationMs});let{run:c}=e;c.currentStageOrder=a??c.currentStageOrder,c.status===`RUNNING`&&c.statusReason===`JUDGE_WAIT`&&M(e,{seq:t.seq,at:r,status:`RUNNING`,reason:null})}function D(e,t){let{run:n}=e,{stageOrder:r,itemIndex:i,attemptNumber:a,occurredAt:o,retryAt:s,reason:c}=t;P(e,t);let l=e.find(e=>F(e,t)&&e.attemptNumber<a),u=l===null?null:n.attempts[l]?.logId??null;l!==null&&e.change(l,{retry:{attemptNumber:a,scheduledAt:o,retryAt:s,reason:c}}),n.waits=[...n.waits,{kind:`retry`,since:o,until:s,reason:c,stageOrder:r,itemIndex:i,logId:u}]}function O(e,{occurredAt:t,log:n}){let r=e.find(({logId:e})=>e===n.id),i={...k(n),answeredAt:n.answeredAt};r!==null&&e.change(r,{awaitsPerson:!0,askedAt:t,...i}),N(e)}var k=({rawOutput:e})=>e==null?{}:{text:e,codePoints:b(e)};function A(e,{seq:t,occurredAt:n,result:r,notes:i,log:a}){let o=e.find(({logId:e})=>e===a.id);o!==null&&e.change(o,{awaitsPerson:!1,decision:{result:r,notes:i,at:n}}),e.run.status===`PAUSED`&&M(e,{seq:t,at:n,status:`PAUSED`,reason:`PAUSE_REQUESTED`})}function j(e,{logId:t,offset:n,text:r}){let i=e.find(e=>e.logId===t),a=i===null?void 0:e.run.attempts[i];if(i===null||a?.status!==`STARTED`)return;let o=y(a,n,r);o!==a&&e.change(i,o)}function M(e,t){let{run:n}=e;n.status=t.status,n.statusReason=t.reason,n.history=[...n.history,t],N(e)}function N({run:e}){let t=v(e),n=e.waits.filter(({kind:e})=>e===`retry`);e.waits=t?[t,...n]:n}function P(e,t){let n=e=>F(e,t)&&e.attemptNumber<t.attemptNumber;for(let r of e.openWhere(n))e.close(r,{status:`INTERRUPTED`,verdict:`ERROR`,endedAt:t.occurredAt})}function F(e,t){return e.stageOrder===t.stageOrder&&e.itemIndex===t.itemIndex}var I={status:`STARTED`,answeredAt:null,endedAt:null,text:``,codePoints:0,verdict:`PENDING`,notes:null,errorMessage:null,awaitsPerson:!1,askedAt:null,decision:null,editedOutput:null,retry:null,nextStageOrder:null,routeValue:null,usage:null,durationMs:null},L=d`
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
`,R=100,z=300,B=4;async function V(e,{id:n,after:i,deltas:a,signal:s},c){let l=async i=>{let c={id:n,after:i,second:i+R,third:i+200,deltas:a},l={...r,fetchOptions:{signal:s}},u=await p(o.execute(e.link,{query:W,variables:c,context:l},{client:e}));if(u.errors)throw new t(u);return u.data?.execution??null},u=await l(i);if(u===null||s.aborted)return;c(U(u),u);let d=[];for(let e=i+z;e<u.lastEventSeq;e+=z)d.push(e);let f=d.map(H(B,l));for(let e of f)e.catch(()=>{});for(let e of f){let t=await e;if(s.aborted)return;t&&c(U(t),null)}}function H(e,t){let n=[];return r=>{let i=Promise.resolve(n.at(-e)).then(()=>t(r));return n.push(i),i}}var U=({first:e,second:t,third:n})=>e.length<R?e:[...e,...t,...t.length<R?[]:n],W=d`
  query RunEvents($id: ID!, $after: Int!, $second: Int!, $third: Int!, $deltas: Boolean!) {
    execution(id: $id) {
      ...FootlightShown
      lastEventSeq
      first: events(first: 100, after: $after) {
        ...RunEventFields
      }
      second: events(first: 100, after: $second) {
        ...RunEventFields
      }
      third: events(first: 100, after: $third) {
        ...RunEventFields
      }
    }
  }
  ${g}
  ${L}
`;function G(e){return{id:e,lastSeq:0,gap:!1,status:null,statusReason:null,createdAt:null,startedAt:null,endedAt:null,currentStageOrder:null,attempts:[],open:[],waits:[],history:[]}}var K=1e4,q=1e3,J=1e3,Y=new WeakMap;function X(e,t,n){let r=Y.get(e);r||(r=new Map,Y.set(e,r));let i=`${t} ${n}`,a=r.get(i);return a||(a=Z(e,t,n,()=>r.delete(i)),r.set(i,a)),a}function Z(e,t,i,a){let o=new Set,s={run:G(t),error:null},c=s.run,l=[],d=null,f=null,p=null,m=!1,g=-1e3,_;function v(){let t=l.splice(0,q);d&&$(e,d),d=null,ae(e,t),c=C(c,t),l.length>0?u(v):(!m||performance.now()-g>J)&&y({run:c,error:f})}function y(e){if(e.run!==s.run||e.error!==s.error){s=e,g=performance.now();for(let e of[...o])e()}}async function b({signal:n}){m=!0,await V(e,{id:t,deltas:i===!0,after:s.run.lastSeq,signal:n},(e,t)=>{l.push(...e),d=t??d,u(v)}).catch(()=>{}),m=!1,u(v);do await Q();while(l.length>0);!n.aborted&&!h(s.run.status)&&x(n)}function x(a){let o={id:t,after:s.run.lastSeq,deltas:i!==!1},c={...r,queryDeduplication:!1},d=e.subscribe({query:te,variables:o,fetchPolicy:`no-cache`,context:c}).subscribe({next({data:e,error:t}){e&&l.push(e.executionEvents),f=n(t)[0]??null,u(v)}});a.addEventListener(`abort`,()=>d.unsubscribe(),{once:!0})}function S(){p?.abort(),p=null,l=[],c=s.run,a()}return{current:()=>s,subscribe(e){return clearTimeout(_),o.add(e),p===null&&(p=new AbortController,b(p)),()=>{o.delete(e),o.size===0&&(_=setTimeout(S,s.error?0:K))}}}}var Q=()=>new Promise(e=>{u(e)}),te=d`
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
`,ne=d`
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
`,re=[`rawOutput`,`parsedOutput`,`editedOutput`,`reasoning`,`judgeReasoning`,`finishReason`,`validatedAt`],ie=[`diagnosis`,`output`,`executionContext`,`lastEventSeq`];function ae(e,t){let n=t.findLast(e=>e.__typename===`ExecutionStatusChanged`);n?.execution&&$(e,n.execution);for(let n of t)n.__typename===`StageFinished`&&oe(e,n.log)}function $(e,t){f(e,L,{...t},ie)}function oe(e,t){let n=t.usage&&{__typename:`Usage`,...t.usage};f(e,ne,{...t,__typename:`ExecutionLog`,usage:n},re)}function se(e,{deltas:t=!1}={}){let n=c(),r=(0,m.useMemo)(()=>X(n,e,t),[n,e,t]),{run:i,error:o}=(0,m.useSyncExternalStore)(r.subscribe,r.current);return{run:i,connection:a(),error:o}}export{G as n,h as r,se as t};