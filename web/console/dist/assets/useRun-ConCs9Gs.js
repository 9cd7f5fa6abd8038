import{Bt as e,Gt as t,Kt as n,Ut as r,Wt as i,gn as a,mn as o,nn as s,on as c,pn as l,rn as u,sn as d,tn as f}from"./index-BG6rjU6C.js";function p(e,t){var n=typeof t==`object`;return new Promise(function(r,i){var a=new d({next:function(e){r(e),a.unsubscribe()},error:i,complete:function(){n?r(t.defaultValue):i(new c)}});e.subscribe(a)})}var m=a(o(),1);function h(e){return e===`COMPLETED`||e===`FAILED`||e===`CANCELLED`}var g=f`
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
`,_=class{run;#e;#t=null;constructor(e){this.#e=e,this.run={...e}}begin(e){this.run.open=[...this.run.open,this.#n().push(e)-1]}change(e,t){let n=this.#n(),r=n[e];r&&(n[e]={...r,...t})}close(e,t){this.change(e,{awaitsPerson:!1,...t}),this.run.open=this.run.open.filter(t=>t!==e)}find(e){let{attempts:t,open:n}=this.run,r=n.findLast(n=>e(t[n]));if(r!==void 0)return r;let i=t.findLastIndex(e);return i<0?null:i}openWhere(e){return this.run.open.filter(t=>e(this.run.attempts[t]))}finish(){return this.run.lastSeq===this.#e.lastSeq&&this.#t===null?this.#e:this.run}#n(){return this.#t===null&&(this.#t=[...this.run.attempts],this.run.attempts=this.#t),this.#t}};function v(e){let{status:t,statusReason:n,history:r}=e,i=r.at(-1)?.at;if(t===null||i===void 0||h(t))return null;let a={since:i,until:null,reason:n,stageOrder:null,itemIndex:null,logId:null};if(n===`JUDGE_WAIT`)return{...a,kind:`judge`};if(t===`RUNNING`||n===`RETRY_WAIT`)return null;if(t===`PENDING`)return{...a,kind:`turn`};if(n!==`AWAITING_VALIDATION`)return{...a,kind:`pause`};let o=e.open.find(t=>e.attempts[t]?.awaitsPerson),s=o===void 0?void 0:e.attempts[o];if(!s)return{...a,kind:`person`};let{stageOrder:c,itemIndex:l,logId:u}=s;return{...a,kind:`person`,stageOrder:c,itemIndex:l,logId:u}}function y(e,t,n){if(t===0)return{text:n,codePoints:b(n)};if(t>e.codePoints)return e;let r=t===e.codePoints?n:n.slice(x(n,e.codePoints-t));return r===``?e:{text:e.text+r,codePoints:e.codePoints+b(r)}}function b(e){let t=e.length;for(let n=1;n<e.length;n+=1)S(e,n)&&(--t,n+=1);return t}function x(e,t){let n=0;for(let r=t;r>0&&n<e.length;--r)n+=S(e,n+1)?2:1;return n}function S(e,t){let[n,r]=[e.charCodeAt(t-1),e.charCodeAt(t)];return n>=55296&&n<56320&&r>=56320&&r<57344}function C(e,t){let n=new _(e);for(let e of t)w(n,e);return n.finish()}function w(e,t){let{run:n}=e;if(t.__typename!==`StageOutputDelta`){if(t.seq<=n.lastSeq)return;t.seq>n.lastSeq+1&&(n.gap=!0),n.lastSeq=t.seq}(0,F[t.__typename])?.(e,t)}function T(e,{seq:t,occurredAt:n,status:r,reason:i}){let{run:a}=e;if(a.createdAt??=n,r===`RUNNING`&&(a.startedAt??=n),M(e,{seq:t,at:n,status:r,reason:i}),!h(r))return;a.endedAt=n,a.waits=[];let o=r===`CANCELLED`?`CANCELLED`:`INTERRUPTED`;for(let t of a.open)e.close(t,{status:o,verdict:`ERROR`,endedAt:n})}function ee(e,t){let{run:n}=e,{stageOrder:r,attemptNumber:i,itemIndex:a,itemCount:o,log:s}=t;P(e,t),n.currentStageOrder=r,n.waits=n.waits.filter(e=>e.kind!==`retry`||!I(e,t)),e.begin({...L,logId:s.id,stageOrder:r,stageName:s.stageName,attemptNumber:i,visit:s.visit,itemIndex:a,itemCount:o,startedAt:s.executedAt})}function E(e,t){let{log:n,occurredAt:r,validationResult:i,nextStageOrder:a,routeValue:o}=t,s=e.find(({logId:e})=>e===n.id);if(s===null)return;e.close(s,{...k(n),status:n.status,endedAt:r,answeredAt:n.answeredAt,verdict:i,notes:n.validatorNotes,errorMessage:n.errorMessage,editedOutput:n.editedOutput??null,nextStageOrder:a,routeValue:o,usage:n.usage,durationMs:n.durationMs});let{run:c}=e;c.currentStageOrder=a??c.currentStageOrder,c.status===`RUNNING`&&c.statusReason===`JUDGE_WAIT`&&M(e,{seq:t.seq,at:r,status:`RUNNING`,reason:null})}function D(e,t){let{run:n}=e,{stageOrder:r,itemIndex:i,attemptNumber:a,occurredAt:o,retryAt:s,reason:c}=t;P(e,t);let l=e.find(e=>I(e,t)&&e.attemptNumber<a),u=l===null?null:n.attempts[l]?.logId??null;l!==null&&e.change(l,{retry:{attemptNumber:a,scheduledAt:o,retryAt:s,reason:c}}),n.waits=[...n.waits,{kind:`retry`,since:o,until:s,reason:c,stageOrder:r,itemIndex:i,logId:u}]}function O(e,{occurredAt:t,log:n}){let r=e.find(({logId:e})=>e===n.id),i={...k(n),answeredAt:n.answeredAt};r!==null&&e.change(r,{awaitsPerson:!0,askedAt:t,...i}),N(e)}var k=({rawOutput:e})=>e==null?{}:{text:e,codePoints:b(e)};function A(e,{seq:t,occurredAt:n,result:r,notes:i,log:a}){let o=e.find(({logId:e})=>e===a.id);o!==null&&e.change(o,{awaitsPerson:!1,decision:{result:r,notes:i,at:n}}),e.run.status===`PAUSED`&&M(e,{seq:t,at:n,status:`PAUSED`,reason:`PAUSE_REQUESTED`})}function j(e,{logId:t,offset:n,text:r}){let i=e.find(e=>e.logId===t),a=i===null?void 0:e.run.attempts[i];if(i===null||a?.status!==`STARTED`)return;let o=y(a,n,r);o!==a&&e.change(i,o)}function M(e,t){let{run:n}=e;n.status=t.status,n.statusReason=t.reason,n.history=[...n.history,t],N(e)}function N({run:e}){let t=v(e),n=e.waits.filter(({kind:e})=>e===`retry`);e.waits=t?[t,...n]:n}function P(e,t){let n=e=>I(e,t)&&e.attemptNumber<t.attemptNumber;for(let r of e.openWhere(n))e.close(r,{status:`INTERRUPTED`,verdict:`ERROR`,endedAt:t.occurredAt})}var F={StageOutputDelta:j,ExecutionStatusChanged:T,StageStarted:ee,StageFinished:E,StageRetryScheduled:D,ManualValidationRequested:O,ManualValidationRecorded:A};function I(e,t){return e.stageOrder===t.stageOrder&&e.itemIndex===t.itemIndex}var L={status:`STARTED`,answeredAt:null,endedAt:null,text:``,codePoints:0,verdict:`PENDING`,notes:null,errorMessage:null,awaitsPerson:!1,askedAt:null,decision:null,editedOutput:null,retry:null,nextStageOrder:null,routeValue:null,usage:null,durationMs:null},R=f`
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
`,z=100,B=300,V=4;async function H(t,{id:n,after:r,deltas:i,signal:a},o){let c=async r=>{let o={id:n,after:r,second:r+z,third:r+200,deltas:i},c={...e,fetchOptions:{signal:a}},l=await p(u.execute(t.link,{query:G,variables:o,context:c},{client:t}));if(l.errors)throw new s(l);return l.data?.execution??null},l=await c(r);if(l===null||a.aborted)return;o(W(l),l);let d=[];for(let e=r+B;e<l.lastEventSeq;e+=B)d.push(e);let f=d.map(U(V,c));for(let e of f)e.catch(()=>{});for(let e of f){let t=await e;if(a.aborted)return;t&&o(W(t),null)}}function U(e,t){let n=[];return r=>{let i=Promise.resolve(n.at(-e)).then(()=>t(r));return n.push(i),i}}var W=({first:e,second:t,third:n})=>e.length<z?e:[...e,...t,...t.length<z?[]:n],G=f`
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
`;function K(e){return{id:e,lastSeq:0,gap:!1,status:null,statusReason:null,createdAt:null,startedAt:null,endedAt:null,currentStageOrder:null,attempts:[],open:[],waits:[],history:[]}}var q=1e4,J=1e3,Y=1e3,X=new WeakMap;function Z(e,t,n){let r=X.get(e);r||(r=new Map,X.set(e,r));let i=`${t} ${n}`,a=r.get(i);return a||(a=Q(e,t,n,()=>r.delete(i)),r.set(i,a)),a}function Q(t,i,a,o){let s=new Set,c={run:K(i),error:null},l=c.run,u=[],d=null,f=null,p=null,m=!1,g=-1e3,_;function v(){let e=u.splice(0,J);d&&$(t,d),d=null,oe(t,e),l=C(l,e),u.length>0?n(v):(!m||performance.now()-g>Y)&&y({run:l,error:f})}function y(e){if(e.run!==c.run||e.error!==c.error){c=e,g=performance.now();for(let e of[...s])e()}}async function b({signal:e}){m=!0,await H(t,{id:i,deltas:a===!0,after:c.run.lastSeq,signal:e},(e,t)=>{u.push(...e),d=t??d,n(v)}).catch(()=>{}),m=!1,n(v);do await te();while(u.length>0);!e.aborted&&!h(c.run.status)&&x(e)}function x(o){let s={id:i,after:c.run.lastSeq,deltas:a!==!1},l={...e,queryDeduplication:!1},d=t.subscribe({query:ne,variables:s,fetchPolicy:`no-cache`,context:l}).subscribe({next({data:e,error:t}){e&&u.push(e.executionEvents),f=r(t)[0]??null,n(v)}});o.addEventListener(`abort`,()=>d.unsubscribe(),{once:!0})}function S(){p?.abort(),p=null,u=[],l=c.run,o()}return{current:()=>c,subscribe(e){return clearTimeout(_),s.add(e),p===null&&(p=new AbortController,b(p)),()=>{s.delete(e),s.size===0&&(_=setTimeout(S,c.error?0:q))}}}}var te=()=>new Promise(e=>{n(e)}),ne=f`
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
`,re=f`
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
`,ie=[`rawOutput`,`parsedOutput`,`editedOutput`,`reasoning`,`judgeReasoning`,`finishReason`,`validatedAt`],ae=[`diagnosis`,`output`,`executionContext`,`lastEventSeq`];function oe(e,t){let n=t.findLast(e=>e.__typename===`ExecutionStatusChanged`);n?.execution&&$(e,n.execution);for(let n of t)n.__typename===`StageFinished`&&se(e,n.log)}function $(e,t){i(e,R,{...t},ae)}function se(e,t){let n=t.usage&&{__typename:`Usage`,...t.usage};i(e,re,{...t,__typename:`ExecutionLog`,usage:n},ie)}function ce(e,{deltas:n=!1}={}){let r=l(),i=(0,m.useMemo)(()=>Z(r,e,n),[r,e,n]),{run:a,error:o}=(0,m.useSyncExternalStore)(i.subscribe,i.current,i.current);return{run:a,connection:t(),error:o}}export{K as n,h as r,ce as t};