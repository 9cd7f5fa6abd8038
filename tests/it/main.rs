//! One binary of tests, a file a noun: linking once is most of what many files would cost.

#![expect(
    clippy::unwrap_used,
    reason = "a test's helper that finds nothing has failed the test"
)]

mod answer;
mod architecture;
mod auth;
mod author;
mod characters;
mod cli;
mod console;
mod crash;
mod deployment;
mod dev;
mod diagnosis;
mod disconnect;
mod drain;
mod each;
mod examples;
mod fairness;
mod group;
mod hostile;
mod http;
mod journal;
mod keep;
mod language;
mod lease;
mod list;
mod llm;
mod log;
mod metrics;
mod migration;
mod model;
mod outage;
mod ownership;
mod page;
mod plans;
mod profile;
mod provider;
mod replicas;
mod rollout;
mod run;
mod schema;
mod setting;
mod silence;
mod size;
mod snapshot;
mod stage;
mod startup;
mod status;
mod subscription;
mod support;
mod template;
mod watching;
mod workflow;
