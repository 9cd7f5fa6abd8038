//! One binary of tests, a file a noun: linking once is most of what many files would cost.

mod llm;
mod support;
