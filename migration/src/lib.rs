//! The tables of Footlight: the ordered list of changes. A change that was released is never edited, leaves
//! the tables so that the version before works on, and is made by replicas that start while others run: so
//! an index of a table that may be large is a change of its own ([`index`]).

mod index;
mod m20261123_000001_create_user_profiles;
mod m20261123_000002_create_models;
mod m20261123_000003_create_workflows;
mod m20261123_000004_create_stages;
mod m20261123_000005_create_workflow_revisions;
mod m20261123_000006_create_executions;
mod m20261123_000007_create_execution_logs;
mod m20261123_000008_create_execution_events;
mod m20261123_000009_create_snapshots;
mod m20261123_000010_create_worker_sessions;
mod m20261123_000011_close_tables_to_public_keys;
mod m20261126_000012_leave_room_in_executions;
mod m20261129_000013_count_failures_of_judges;
mod m20261129_000015_number_events;
mod m20261129_000016_index_status_events;
mod m20261129_000017_index_pending_runs;
mod m20261129_000018_index_running_runs;
mod m20261129_000020_mark_deleted_workflows;
mod m20261129_000021_index_deleted_workflows;
mod m20261129_000022_index_ended_runs;
mod m20261129_000030_keep_answers_apart;
mod m20261129_000031_tell_older_workers;
mod m20261129_000032_index_paused_runs;
mod m20261129_000040_keep_reasons_of_ends;
mod m20261129_000045_keep_thoughts;
mod m20261129_000050_mark_template_syntax;
mod m20261129_000051_escape_templates;
mod m20261129_000052_fold_names_anew;
mod m20261129_000060_time_outages;
mod m20261129_000061_count_runs_let_go;
mod m20261129_000070_give_stages_a_system_message;
mod m20261129_000071_log_system_messages;
mod m20261129_000080_keep_answers_without_verdicts;
mod m20261129_000081_give_workflows_an_output;
mod m20261129_000090_give_stages_keys;
mod m20261129_000091_make_keys_unique;
mod m20261129_000100_give_stages_turns_feedback_and_routes;
mod m20261129_000101_log_turns_and_what_counted;
mod m20261129_000110_run_stages_for_each_item;
mod m20261129_000111_number_attempts_by_item;
mod m20261129_000112_drop_key_without_items;
mod m20261129_000120_keep_thoughts_of_judges;
mod m20261130_000010_log_where_values_came_from;
mod m20261130_000020_end_runs_at_a_stage;
mod m20261130_000030_time_states;
mod m20261130_000031_time_answers;
mod rows;
mod sql;
pub mod templates;

pub use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

/// Changes of rows that a process of the version before would misread, or undo: they are made once none of those
/// lives, and whoever reads a row meanwhile does without them.
pub const PATIENT: [&str; 2] = [
    "m20261129_000051_escape_templates",
    "m20261129_000052_fold_names_anew",
];

/// All changes, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_create_user_profiles::Migration),
            Box::new(m20261123_000002_create_models::Migration),
            Box::new(m20261123_000003_create_workflows::Migration),
            Box::new(m20261123_000004_create_stages::Migration),
            Box::new(m20261123_000005_create_workflow_revisions::Migration),
            Box::new(m20261123_000006_create_executions::Migration),
            Box::new(m20261123_000007_create_execution_logs::Migration),
            Box::new(m20261123_000008_create_execution_events::Migration),
            Box::new(m20261123_000009_create_snapshots::Migration),
            Box::new(m20261123_000010_create_worker_sessions::Migration),
            Box::new(m20261123_000011_close_tables_to_public_keys::Migration),
            Box::new(m20261126_000012_leave_room_in_executions::Migration),
            Box::new(m20261129_000013_count_failures_of_judges::Migration),
            Box::new(m20261129_000015_number_events::Migration),
            Box::new(m20261129_000016_index_status_events::Migration),
            Box::new(m20261129_000017_index_pending_runs::Migration),
            Box::new(m20261129_000018_index_running_runs::Migration),
            Box::new(m20261129_000020_mark_deleted_workflows::Migration),
            Box::new(m20261129_000021_index_deleted_workflows::Migration),
            Box::new(m20261129_000022_index_ended_runs::Migration),
            Box::new(m20261129_000030_keep_answers_apart::Migration),
            Box::new(m20261129_000031_tell_older_workers::Migration),
            Box::new(m20261129_000032_index_paused_runs::Migration),
            Box::new(m20261129_000040_keep_reasons_of_ends::Migration),
            Box::new(m20261129_000045_keep_thoughts::Migration),
            Box::new(m20261129_000050_mark_template_syntax::Migration),
            Box::new(m20261129_000051_escape_templates::Migration),
            Box::new(m20261129_000052_fold_names_anew::Migration),
            Box::new(m20261129_000060_time_outages::Migration),
            Box::new(m20261129_000061_count_runs_let_go::Migration),
            Box::new(m20261129_000070_give_stages_a_system_message::Migration),
            Box::new(m20261129_000071_log_system_messages::Migration),
            Box::new(m20261129_000080_keep_answers_without_verdicts::Migration),
            Box::new(m20261129_000081_give_workflows_an_output::Migration),
            Box::new(m20261129_000090_give_stages_keys::Migration),
            Box::new(m20261129_000091_make_keys_unique::Migration),
            Box::new(m20261129_000100_give_stages_turns_feedback_and_routes::Migration),
            Box::new(m20261129_000101_log_turns_and_what_counted::Migration),
            Box::new(m20261129_000110_run_stages_for_each_item::Migration),
            Box::new(m20261129_000111_number_attempts_by_item::Migration),
            Box::new(m20261129_000112_drop_key_without_items::Migration),
            Box::new(m20261129_000120_keep_thoughts_of_judges::Migration),
            Box::new(m20261130_000010_log_where_values_came_from::Migration),
            Box::new(m20261130_000020_end_runs_at_a_stage::Migration),
            Box::new(m20261130_000030_time_states::Migration),
            Box::new(m20261130_000031_time_answers::Migration),
        ]
    }
}
