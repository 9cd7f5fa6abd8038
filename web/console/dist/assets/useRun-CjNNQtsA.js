import{Gt as e,Ht as t,Ut as n,Wt as r,an as i,en as a,fn as o,hn as s,nn as c,on as l,pn as u,tn as d,zt as f}from"./index-tiFclLBW.js";function p(e,t){var n=typeof t==`object`;return new Promise(function(r,a){var o=new l({next:function(e){r(e),o.unsubscribe()},error:a,complete:function(){n?r(t.defaultValue):a(new i)}});e.subscribe(o)})}var m=s(u(),1);function h(e){return e===`COMPLETED`||e===`FAILED`||e===`CANCELLED`}var g=a`
  fragment RunEventFields on ExecutionEvent {
    __typename
    seq
    occurredAt
    ... on ExecutionStatusChanged {
      status
      reason
    }
    ... on StageStarted {
      stageOrder attemptNumber itemIndex
      itemCount
      log {
        id
        visit
        stageName
        executedAt
      }
    }
    ... on StageFinished {
      stageOrder attemptNumber itemIndex
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
        usage { promptTokens completionTokens totalTokens }
        rawOutput @include(if: $deltas)
        editedOutput @include(if: $deltas)
      }
    }
    ... on StageRetryScheduled {
      stageOrder attemptNumber itemIndex
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
      stageOrder attemptNumber itemIndex
      logId
      offset
      text
    }
  }
`,_=class{run;#e;#t=null;constructor(e){this.#e=e,this.run={...e}}begin(e){this.run.open=[...this.run.open,this.#n().push(e)-1]}change(e,t){let n=this.#n(),r=n[e];r&&(n[e]={...r,...t})}close(e,t){this.change(e,{awaitsPerson:!1,...t}),this.run.open=this.run.open.filter(t=>t!==e)}find(e){let{attempts:t,open:n}=this.run,r=n.findLast(n=>e(t[n]));if(r!==void 0)return r;let i=t.findLastIndex(e);return i<0?null:i}openWhere(e){return this.run.open.filter(t=>e(this.run.attempts[t]))}finish(){return this.run.lastSeq===this.#e.lastSeq&&this.#t===null?this.#e:this.run}#n(){return this.#t===null&&(this.#t=[...this.run.attempts],this.run.attempts=this.#t),this.#t}};function v(e){let{status:t,statusReason:n,history:r}=e,i=r.at(-1)?.at;if(t===null||i===void 0||h(t))return null;let a={since:i,until:null,reason:n,stageOrder:null,itemIndex:null,logId:null};if(n===`JUDGE_WAIT`)return{...a,kind:`judge`};if(t===`RUNNING`||n===`RETRY_WAIT`)return null;if(t===`PENDING`)return{...a,kind:`turn`};if(n!==`AWAITING_VALIDATION`)return{...a,kind:`pause`};let o=e.open.find(t=>e.attempts[t]?.awaitsPerson),s=o===void 0?void 0:e.attempts[o];if(!s)return{...a,kind:`person`};let{stageOrder:c,itemIndex:l,logId:u}=s;return{...a,kind:`person`,stageOrder:c,itemIndex:l,logId:u}}function y(e,t,n){if(t===0)return{text:n,codePoints:b(n)};if(t>e.codePoints)return e;let r=t===e.codePoints?n:n.slice(x(n,e.codePoints-t));return r===``?e:{text:e.text+r,codePoints:e.codePoints+b(r)}}function b(e){let t=e.length;for(let n=1;n<e.length;n+=1)S(e,n)&&(--t,n+=1);return t}function x(e,t){let n=0;for(let r=t;r>0&&n<e.length;--r)n+=S(e,n+1)?2:1;return n}function S(e,t){let[n,r]=[e.charCodeAt(t-1),e.charCodeAt(t)];return n>=55296&&n<56320&&r>=56320&&r<57344}function C(e,t){let n=new _(e);for(let e of t)w(n,e);return n.finish()}function w(e,t){let{run:n}=e;if(t.__typename!==`StageOutputDelta`){if(t.seq<=n.lastSeq)return;t.seq>n.lastSeq+1&&(n.gap=!0),n.lastSeq=t.seq}(0,F[t.__typename])?.(e,t)}function T(e,{seq:t,occurredAt:n,status:r,reason:i}){let{run:a}=e;if(a.createdAt??=n,r===`RUNNING`&&(a.startedAt??=n),M(e,{seq:t,at:n,status:r,reason:i}),!h(r))return;a.endedAt=n,a.waits=[];let o=r===`CANCELLED`?`CANCELLED`:`INTERRUPTED`;for(let t of a.open)e.close(t,{status:o,verdict:`ERROR`,endedAt:n})}function ee(e,t){let{run:n}=e,{stageOrder:r,attemptNumber:i,itemIndex:a,itemCount:o,log:s}=t;P(e,t),n.currentStageOrder=r,n.waits=n.waits.filter(e=>e.kind!==`retry`||!I(e,t)),e.begin({...L,logId:s.id,stageOrder:r,stageName:s.stageName,attemptNumber:i,visit:s.visit,itemIndex:a,itemCount:o,startedAt:s.executedAt})}function E(e,t){let{log:n,occurredAt:r,validationResult:i,nextStageOrder:a,routeValue:o}=t,s=e.find(({logId:e})=>e===n.id);if(s===null)return;e.close(s,{...k(n),status:n.status,endedAt:r,answeredAt:n.answeredAt,verdict:i,notes:n.validatorNotes,errorMessage:n.errorMessage,editedOutput:n.editedOutput??null,nextStageOrder:a,routeValue:o,usage:n.usage,durationMs:n.durationMs});let{run:c}=e;c.currentStageOrder=a??c.currentStageOrder,c.status===`RUNNING`&&c.statusReason===`JUDGE_WAIT`&&M(e,{seq:t.seq,at:r,status:`RUNNING`,reason:null})}function D(e,t){let{run:n}=e,{stageOrder:r,itemIndex:i,attemptNumber:a,occurredAt:o,retryAt:s,reason:c}=t;P(e,t);let l=e.find(e=>I(e,t)&&e.attemptNumber<a),u=l===null?null:n.attempts[l]?.logId??null;l!==null&&e.change(l,{retry:{attemptNumber:a,scheduledAt:o,retryAt:s,reason:c}}),n.waits=[...n.waits,{kind:`retry`,since:o,until:s,reason:c,stageOrder:r,itemIndex:i,logId:u}]}function O(e,{occurredAt:t,log:n}){let r=e.find(({logId:e})=>e===n.id),i={...k(n),answeredAt:n.answeredAt};r!==null&&e.change(r,{awaitsPerson:!0,askedAt:t,...i}),N(e)}var k=({rawOutput:e})=>e==null?{}:{text:e,codePoints:b(e)};function A(e,{seq:t,occurredAt:n,result:r,notes:i,log:a}){let o=e.find(({logId:e})=>e===a.id);o!==null&&e.change(o,{awaitsPerson:!1,decision:{result:r,notes:i,at:n}}),e.run.status===`PAUSED`&&M(e,{seq:t,at:n,status:`PAUSED`,reason:`PAUSE_REQUESTED`})}function j(e,{logId:t,offset:n,text:r}){let i=e.find(e=>e.logId===t),a=i===null?void 0:e.run.attempts[i];if(i===null||a?.status!==`STARTED`)return;let o=y(a,n,r);o!==a&&e.change(i,o)}function M(e,t){let{run:n}=e;n.status=t.status,n.statusReason=t.reason,n.history=[...n.history,t],N(e)}function N({run:e}){let t=v(e),n=e.waits.filter(({kind:e})=>e===`retry`);e.waits=t?[t,...n]:n}function P(e,t){let n=e=>I(e,t)&&e.attemptNumber<t.attemptNumber;for(let r of e.openWhere(n))e.close(r,{status:`INTERRUPTED`,verdict:`ERROR`,endedAt:t.occurredAt})}var F={StageOutputDelta:j,ExecutionStatusChanged:T,StageStarted:ee,StageFinished:E,StageRetryScheduled:D,ManualValidationRequested:O,ManualValidationRecorded:A};function I(e,t){return e.stageOrder===t.stageOrder&&e.itemIndex===t.itemIndex}var L={status:`STARTED`,answeredAt:null,endedAt:null,text:``,codePoints:0,verdict:`PENDING`,notes:null,errorMessage:null,awaitsPerson:!1,askedAt:null,decision:null,editedOutput:null,retry:null,nextStageOrder:null,routeValue:null,usage:null,durationMs:null},R=a`
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
`,z=100,B=300,V=4;async function H(e,{id:t,after:n,deltas:r,signal:i},a){let o=async n=>{let a={id:t,after:n,second:n+z,third:n+200,deltas:r},o={...f,fetchOptions:{signal:i}},s=await p(c.execute(e.link,{query:G,variables:a,context:o},{client:e}));if(s.errors)throw new d(s);return s.data?.execution??null},s=await o(n);if(s===null||i.aborted)return;a(W(s),s);let l=[];for(let e=n+B;e<s.lastEventSeq;e+=B)l.push(e);let u=l.map(U(V,o));for(let e of u)e.catch(()=>{});for(let e of u){let t=await e;if(i.aborted)return;t&&a(W(t),null)}}function U(e,t){let n=[];return r=>{let i=Promise.resolve(n.at(-e)).then(()=>t(r));return n.push(i),i}}var W=({first:e,second:t,third:n})=>e.length<z?e:[...e,...t,...t.length<z?[]:n],G=a`
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
  ${R}
`;function K(e){return{id:e,lastSeq:0,gap:!1,status:null,statusReason:null,createdAt:null,startedAt:null,endedAt:null,currentStageOrder:null,attempts:[],open:[],waits:[],history:[]}}var q=1e4,J=1e3,Y=1e3,X=new WeakMap;function Z(e,t,n){let r=X.get(e);r||(r=new Map,X.set(e,r));let i=`${t} ${n}`,a=r.get(i);return a||(a=Q(e,t,n,()=>r.delete(i)),r.set(i,a)),a}function Q(n,r,i,a){let o=new Set,s={run:K(r),error:null},c=s.run,l=[],u=null,d=null,p=null,m=!1,g=-1e3,_;function v(){let t=l.splice(0,J);u&&$(n,u),u=null,oe(n,t),c=C(c,t),l.length>0?e(v):(!m||performance.now()-g>Y)&&y({run:c,error:d})}function y(e){if(e.run!==s.run||e.error!==s.error){s=e,g=performance.now();for(let e of[...o])e()}}async function b({signal:t}){m=!0,await H(n,{id:r,deltas:i===!0,after:s.run.lastSeq,signal:t},(t,n)=>{l.push(...t),u=n??u,e(v)}).catch(()=>{}),m=!1,e(v);do await te();while(l.length>0);!t.aborted&&!h(s.run.status)&&x(t)}function x(a){let o={id:r,after:s.run.lastSeq,deltas:i!==!1},c={...f,queryDeduplication:!1},u=n.subscribe({query:ne,variables:o,fetchPolicy:`no-cache`,context:c}).subscribe({next({data:n,error:r}){n&&l.push(n.executionEvents),d=t(r)[0]??null,e(v)}});a.addEventListener(`abort`,()=>u.unsubscribe(),{once:!0})}function S(){p?.abort(),p=null,l=[],c=s.run,a()}return{current:()=>s,subscribe(e){return clearTimeout(_),o.add(e),p===null&&(p=new AbortController,b(p)),()=>{o.delete(e),o.size===0&&(_=setTimeout(S,s.error?0:q))}}}}var te=()=>new Promise(t=>{e(t)}),ne=a`
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
  ${R}
`,re=a`
  fragment FootlightFinished on ExecutionLog {
    id
    status
    validationResult
    validatorNotes
    errorMessage
    answeredAt
    durationMs
    usage { promptTokens completionTokens totalTokens }
  }
`,ie=[`rawOutput`,`parsedOutput`,`editedOutput`,`reasoning`,`judgeReasoning`,`finishReason`,`validatedAt`],ae=[`diagnosis`,`output`,`executionContext`,`lastEventSeq`];function oe(e,t){let n=t.findLast(e=>e.__typename===`ExecutionStatusChanged`);n?.execution&&$(e,n.execution);for(let n of t)n.__typename===`StageFinished`&&se(e,n.log)}function $(e,t){n(e,R,{...t},ae)}function se(e,t){let r=t.usage&&{__typename:`Usage`,...t.usage};n(e,re,{...t,__typename:`ExecutionLog`,usage:r},ie)}function ce(e,{deltas:t=!1}={}){let n=o(),i=(0,m.useMemo)(()=>Z(n,e,t),[n,e,t]),{run:a,error:s}=(0,m.useSyncExternalStore)(i.subscribe,i.current,i.current);return{run:a,connection:r(),error:s}}export{K as n,h as r,ce as t};