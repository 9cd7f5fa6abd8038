import{Gt as e,Ht as t,Ut as n,_t as r,gt as i}from"./index-iZASM6hF.js";import{n as a,t as o}from"./known-Da7CZuUe.js";var s=e(n(),1);function c(e){return e===`COMPLETED`||e===`FAILED`||e===`CANCELLED`}var l=a`
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
`,u=class{run;#e;#t=null;constructor(e){this.#e=e,this.run={...e}}begin(e){this.run.open=[...this.run.open,this.#n().push(e)-1]}change(e,t){let n=this.#n(),r=n[e];r&&(n[e]={...r,...t})}close(e,t){this.change(e,{awaitsPerson:!1,...t}),this.run.open=this.run.open.filter(t=>t!==e)}find(e){let{attempts:t,open:n}=this.run,r=n.findLast(n=>e(t[n]));if(r!==void 0)return r;let i=t.findLastIndex(e);return i<0?null:i}openWhere(e){return this.run.open.filter(t=>e(this.run.attempts[t]))}finish(){return this.run.lastSeq===this.#e.lastSeq&&this.#t===null?this.#e:this.run}#n(){return this.#t===null&&(this.#t=[...this.run.attempts],this.run.attempts=this.#t),this.#t}};function d(e){let{status:t,statusReason:n,history:r}=e,i=r.at(-1)?.at;if(t===null||i===void 0||c(t))return null;let a={since:i,until:null,reason:n,stageOrder:null,itemIndex:null,logId:null};if(n===`JUDGE_WAIT`)return{...a,kind:`judge`};if(t===`RUNNING`||n===`RETRY_WAIT`)return null;if(t===`PENDING`)return{...a,kind:`turn`};if(n!==`AWAITING_VALIDATION`)return{...a,kind:`pause`};let o=e.open.find(t=>e.attempts[t]?.awaitsPerson),s=o===void 0?void 0:e.attempts[o];if(!s)return{...a,kind:`person`};let{stageOrder:l,itemIndex:u,logId:d}=s;return{...a,kind:`person`,stageOrder:l,itemIndex:u,logId:d}}function f(e,t,n){if(t===0)return{text:n,codePoints:p(n)};if(t>e.codePoints)return e;let r=t===e.codePoints?n:n.slice(m(n,e.codePoints-t));return r===``?e:{text:e.text+r,codePoints:e.codePoints+p(r)}}function p(e){let t=e.length;for(let n=1;n<e.length;n+=1)h(e,n)&&(--t,n+=1);return t}function m(e,t){let n=0;for(let r=t;r>0&&n<e.length;--r)n+=h(e,n+1)?2:1;return n}function h(e,t){let[n,r]=[e.charCodeAt(t-1),e.charCodeAt(t)];return n>=55296&&n<56320&&r>=56320&&r<57344}function g(e,t){let n=new u(e);for(let e of t)_(n,e);return n.finish()}function _(e,t){let{run:n}=e;if(t.__typename!==`StageOutputDelta`){if(t.seq<=n.lastSeq)return;t.seq>n.lastSeq+1&&(n.gap=!0),n.lastSeq=t.seq}switch(t.__typename){case`StageOutputDelta`:T(e,t);break;case`ExecutionStatusChanged`:v(e,t);break;case`StageStarted`:y(e,t);break;case`StageFinished`:b(e,t);break;case`StageRetryScheduled`:x(e,t);break;case`ManualValidationRequested`:S(e,t);break;case`ManualValidationRecorded`:w(e,t)}}function v(e,{seq:t,occurredAt:n,status:r,reason:i}){let{run:a}=e;if(a.createdAt??=n,r===`RUNNING`&&(a.startedAt??=n),E(e,{seq:t,at:n,status:r,reason:i}),!c(r))return;a.endedAt=n,a.waits=[];let o=r===`CANCELLED`?`CANCELLED`:`INTERRUPTED`;for(let t of a.open)e.close(t,{status:o,verdict:`ERROR`,endedAt:n})}function y(e,t){let{run:n}=e,{stageOrder:r,attemptNumber:i,itemIndex:a,itemCount:o,log:s}=t;O(e,t),n.currentStageOrder=r,n.waits=n.waits.filter(e=>e.kind!==`retry`||!k(e,t)),e.begin({...A,logId:s.id,stageOrder:r,stageName:s.stageName,attemptNumber:i,visit:s.visit,itemIndex:a,itemCount:o,startedAt:s.executedAt})}function b(e,t){let{log:n,occurredAt:r,validationResult:i,nextStageOrder:a,routeValue:o}=t,s=e.find(({logId:e})=>e===n.id);if(s===null)return;e.close(s,{...C(n),status:n.status,endedAt:r,answeredAt:n.answeredAt,verdict:i,notes:n.validatorNotes,errorMessage:n.errorMessage,editedOutput:n.editedOutput??null,nextStageOrder:a,routeValue:o,usage:n.usage,durationMs:n.durationMs});let{run:c}=e;c.currentStageOrder=a??c.currentStageOrder,c.status===`RUNNING`&&c.statusReason===`JUDGE_WAIT`&&E(e,{seq:t.seq,at:r,status:`RUNNING`,reason:null})}function x(e,t){let{run:n}=e,{stageOrder:r,itemIndex:i,attemptNumber:a,occurredAt:o,retryAt:s,reason:c}=t;O(e,t);let l=e.find(e=>k(e,t)&&e.attemptNumber<a),u=l===null?null:n.attempts[l]?.logId??null;l!==null&&e.change(l,{retry:{attemptNumber:a,scheduledAt:o,retryAt:s,reason:c}}),n.waits=[...n.waits,{kind:`retry`,since:o,until:s,reason:c,stageOrder:r,itemIndex:i,logId:u}]}function S(e,{occurredAt:t,log:n}){let r=e.find(({logId:e})=>e===n.id),i={...C(n),answeredAt:n.answeredAt};r!==null&&e.change(r,{awaitsPerson:!0,askedAt:t,...i}),D(e)}var C=({rawOutput:e})=>e==null?{}:{text:e,codePoints:p(e)};function w(e,{seq:t,occurredAt:n,result:r,notes:i,log:a}){let o=e.find(({logId:e})=>e===a.id);o!==null&&e.change(o,{awaitsPerson:!1,decision:{result:r,notes:i,at:n}}),e.run.status===`PAUSED`&&E(e,{seq:t,at:n,status:`PAUSED`,reason:`PAUSE_REQUESTED`})}function T(e,{logId:t,offset:n,text:r}){let i=e.find(e=>e.logId===t),a=i===null?void 0:e.run.attempts[i];if(i===null||a?.status!==`STARTED`)return;let o=f(a,n,r);o!==a&&e.change(i,o)}function E(e,t){let{run:n}=e;n.status=t.status,n.statusReason=t.reason,n.history=[...n.history,t],D(e)}function D({run:e}){let t=d(e),n=e.waits.filter(({kind:e})=>e===`retry`);e.waits=t?[t,...n]:n}function O(e,t){let n=e=>k(e,t)&&e.attemptNumber<t.attemptNumber;for(let r of e.openWhere(n))e.close(r,{status:`INTERRUPTED`,verdict:`ERROR`,endedAt:t.occurredAt})}function k(e,t){return e.stageOrder===t.stageOrder&&e.itemIndex===t.itemIndex}var A={status:`STARTED`,answeredAt:null,endedAt:null,text:``,codePoints:0,verdict:`PENDING`,notes:null,errorMessage:null,awaitsPerson:!1,askedAt:null,decision:null,editedOutput:null,retry:null,nextStageOrder:null,routeValue:null,usage:null,durationMs:null},j=250,M=16;function N(e){let t=typeof requestAnimationFrame==`function`,n=null,r=0;function i(){n!==null&&(clearTimeout(n),n=null,t&&cancelAnimationFrame(r))}function a(){i(),e()}return{request(){n===null&&(n=setTimeout(a,t?j:M),t&&(r=requestAnimationFrame(a)))},cancel:i}}var P=a`
  fragment FootlightShown on Execution {
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
`,F=100,I=4;async function L(e,{id:t,after:n,deltas:r,signal:i},a){let o=async n=>{let{data:a}=await e.query({query:z,variables:{id:t,after:n,deltas:r},fetchPolicy:`no-cache`,context:{fetchOptions:{signal:i}}});return a?.execution??null},s=await o(n);if(s===null||i.aborted)return;a(s.events,s);let c=[];for(let e=n+F;e<s.lastEventSeq;e+=F)c.push(e);let l=c.map(R(I,o));for(let e of l)e.catch(()=>{});for(let e of l){let t=(await e)?.events??[];if(i.aborted)return;a(t,null)}}function R(e,t){let n=Array.from({length:e},()=>Promise.resolve()),r=0;return i=>{let a=r++%e,o=n[a].then(()=>t(i));return n[a]=o,o}}var z=a`
  query RunEvents($id: ID!, $after: Int!, $deltas: Boolean!) {
    execution(id: $id) {
      ...FootlightShown @unmask
      lastEventSeq
      events(first: 100, after: $after) {
        ...RunEventFields @unmask
      }
    }
  }
  ${l}
  ${P}
`;function B(e){return{id:e,lastSeq:0,gap:!1,status:null,statusReason:null,createdAt:null,startedAt:null,endedAt:null,currentStageOrder:null,attempts:[],open:[],waits:[],history:[]}}var V=1e4,H=new WeakMap;function U(e,t,n){let r=H.get(e);r||(r=new Map,H.set(e,r));let i=`${t} ${n}`,a=r.get(i);return a||(a=W(e,t,n,()=>r.delete(i)),r.set(i,a)),a}function W(e,t,n,r){let a=new Set,o={run:B(t),error:null},s=[],l=null,u,d=N(f);function f(){let t=s;s=[];let n=g(o.run,t);Y(e.cache,t),m({...o,run:n})}function p(){d.cancel(),f()}function m(e){if(e.run!==o.run||e.error!==o.error){o=e;for(let e of[...a])e()}}async function h({signal:r}){await L(e,{id:t,deltas:n===!0,after:o.run.lastSeq,signal:r},(t,n)=>{s.push(...t),n&&X(e.cache,n),d.request()}).catch(()=>{}),r.aborted||(p(),c(o.run.status)||_(r))}function _(r){let a={id:t,after:o.run.lastSeq,deltas:n!==!1},c=e.subscribe({query:G,variables:a,fetchPolicy:`no-cache`,context:{queryDeduplication:!1}}).subscribe({next({data:e,error:t}){t?(p(),m({...o,error:i(t)[0]??null})):e&&(s.push(e.executionEvents),d.request())},complete:p});r.addEventListener(`abort`,()=>c.unsubscribe(),{once:!0})}function v(){p(),l?.abort(),l=null,r()}return{current:()=>o,subscribe(e){return clearTimeout(u),a.add(e),l===null&&(l=new AbortController,h(l)),()=>{a.delete(e),a.size===0&&(u=setTimeout(v,o.error?0:V))}}}}var G=a`
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
  ${l}
  ${P}
`,K=a`
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
`,q=[`rawOutput`,`parsedOutput`,`editedOutput`,`reasoning`,`judgeReasoning`,`finishReason`,`validatedAt`],J=[`diagnosis`,`output`,`executionContext`,`lastEventSeq`];function Y(e,t){let n=t.findLast(e=>e.__typename===`ExecutionStatusChanged`),r=t.filter(e=>e.__typename===`StageFinished`);e.batch({update(){n?.execution&&X(e,n.execution);for(let{log:t}of r)Z(e,t)}})}function X(e,t){o(e,P,{...t},J)}function Z(e,t){o(e,K,{...t,__typename:`ExecutionLog`},q)}function Q(e,{deltas:n=!1}={}){let i=t(),a=(0,s.useMemo)(()=>U(i,e,n),[i,e,n]),{run:o,error:c}=(0,s.useSyncExternalStore)(a.subscribe,a.current);return{run:o,connection:r(),error:c}}export{B as n,c as r,Q as t};