//! Releases: whole lives, on a clock that is moved by hand.

mod evidence;
mod faults;
mod forecast;
mod http;
mod judged;
mod life;
mod machine;
mod node;
mod nodes;
mod odd_windows;
mod order;
mod refused;
mod replayed;
mod shadowed;
mod sources;
mod templates;
mod unread;

use crate::harness::backends;

/// Runs functions that take a [`node::Node`] on both databases.
macro_rules! releases {
    ($($module:ident::$name:ident;)+) => {
        backends! {
            $(async fn $name(world: World) {
                $module::$name(node::Node::new(world).await).await;
            })+
        }
    };
}

releases! {
    life::a_release_goes_on_by_time;
    life::a_release_goes_on_by_hand;
    life::the_runner_says_when_to_look_again;
    life::a_pause_keeps_the_share_and_stops_the_clock;
    life::a_rollback_restores_exactly;
    life::a_paused_release_rolls_back_too;
    life::a_retry_moves_the_same_people;
    life::a_release_moves_a_rule_s_serve;
    life::the_ruleset_names_live_releases;
    life::those_who_watch_hear_of_every_transition;
    life::turning_the_flag_off_cancels;
    refused::a_live_release_owns_its_site;
    refused::the_rest_of_the_flag_is_free;
    refused::one_live_release_a_site;
    refused::a_stale_epoch_changes_nothing;
    refused::a_site_that_changed_since_the_draft_does_not_start;
    refused::a_draft_outlives_its_flag_but_does_not_start;
    refused::documents_with_mistakes_are_refused_with_all_of_them;
    refused::what_has_a_shape_is_looked_at_where_something_has_none;
    refused::what_has_no_shape_does_not_wait_for_the_writer;
    refused::people_do_not_tick;
    refused::strangers_see_no_releases;
    refused::lists_narrow_and_page;
    refused::a_long_history_comes_in_parts;
    machine::a_segment_goes_ahead;
    machine::the_rules_of_a_release_are_its_own;
    machine::a_segment_whose_turn_is_to_come_stays;
    machine::a_closed_window_keeps_everything_where_it_is;
    machine::an_approval_takes_its_role;
    machine::a_schedule_starts_by_itself;
    machine::a_newer_release_takes_the_site_over;
    machine::stages_to_come_may_change;
    machine::a_retry_and_a_promotion;
    machine::the_bake_begins_when_the_sdks_have_the_stage;
    nodes::an_outage_does_not_bake;
    nodes::a_killed_runner_loses_little_and_gains_nothing;
    nodes::the_lease_keeps_a_second_runner_out_until_the_first_is_gone;
    nodes::two_nodes_enter_each_stage_once;
    nodes::nodes_with_odd_clocks_keep_the_rules;
    nodes::a_node_goes_on_where_another_died;
    nodes::a_clock_that_is_set_neither_bakes_nor_stops_anything;
    nodes::a_lease_from_a_clock_that_was_ahead_is_nobody_s_soon;
    nodes::of_signals_at_once_one_wins;
    nodes::a_person_and_time_at_once_enter_each_stage_once;
    nodes::no_live_release_costs_no_write;
    nodes::a_runner_without_the_lease_ends_without_a_write;
    nodes::other_nodes_hear_of_every_transition;
    evidence::reports_of_many_instances_are_summed_and_count_once;
    evidence::many_reports_at_once_lose_nothing;
    evidence::a_release_that_cannot_be_read_keeps_out_its_own_evidence_alone;
    evidence::what_comes_after_the_judgement_is_late;
    evidence::what_was_measured_before_the_start_is_none_of_the_release;
    evidence::a_window_that_was_only_late_is_not_listed;
    evidence::windows_of_nothing_are_refused;
    evidence::old_evidence_is_put_together;
    evidence::evidence_over_http;
    evidence::guards_say_what_is_counted_and_keep_their_metrics;
    odd_windows::a_row_that_cannot_be_read_keeps_out_nobody_else_s_evidence;
    odd_windows::harm_is_taken_back_whatever_else_cannot_be_read;
    odd_windows::what_cannot_be_read_stays_and_all_else_is_put_together;
    odd_windows::a_metric_that_cannot_be_read_stands_in_no_rollback_s_way;
    odd_windows::a_metric_that_cannot_be_read_holds_and_stops_nobody_else;
    judged::harm_is_taken_back;
    judged::what_is_well_goes_on_by_itself;
    judged::the_end_of_a_stage_is_judged_in_the_next;
    judged::a_retry_is_not_judged_by_what_was_before;
    judged::what_was_safe_is_not_safe_in_what_begins;
    judged::silence_holds_and_is_no_harm;
    judged::nobody_knows_when_while_nothing_counts;
    judged::a_longer_grace_is_no_silence;
    judged::a_runner_that_takes_over_goes_on_with_the_same_evidence;
    forecast::a_forecast_comes_from_what_was_counted_last;
    forecast::evaluations_say_how_many_come_where_nothing_was_counted;
    forecast::metrics_say_what_they_judge;
    replayed::a_release_of_a_server_is_replayed;
    sources::harm_that_prometheus_counted_is_taken_back;
    sources::the_server_says_whether_it_knows_a_prometheus;
    sources::what_prometheus_says_is_well_goes_on;
    sources::a_prometheus_that_is_down_holds_and_loses_nothing;
    sources::two_nodes_that_ask_count_once;
    sources::a_metric_that_cannot_be_read_keeps_no_other_from_being_asked_for;
    sources::who_cannot_be_read_loses_its_answers_alone;
    sources::a_window_that_cannot_be_read_loses_no_answer;
    sources::one_node_asks_at_a_time;
    sources::metrics_with_a_source_make_sense_or_are_refused;
    sources::a_budget_that_burns_holds_until_it_does_not;
    sources::an_objective_of_what_programs_report_holds_too;
    faults::a_prometheus_that_fails_as_a_stage_ends_holds_no_longer_than_it_is_down;
    faults::a_key_of_another_environment_keeps_no_evidence_out;
    faults::a_candidate_that_always_fails_is_taken_back;
    faults::a_node_that_was_ahead_leaves_its_questions_to_another_soon;
    faults::what_prometheus_counts_is_judged_where_the_runner_is_ahead;
    faults::a_prometheus_whose_clock_is_set_back_counts_nothing_twice;
    faults::a_stage_after_a_retry_goes_on_with_its_evidence;
    faults::a_retry_is_another_stage_to_those_who_count;
    faults::what_cannot_be_read_keeps_nobody_else_waiting;
    faults::evidence_is_not_late_for_as_long_as_a_clock_was_ahead;
    faults::a_takeover_does_not_wait_in_line;
    shadowed::a_shadow_stage_serves_nobody_and_goes_on_when_results_agree;
    shadowed::results_that_differ_end_a_release_before_anybody_has_it;
    templates::a_release_begins_with_a_template;
    templates::what_a_document_says_goes_first_member_by_member;
    order::a_limit_lets_so_many_live_and_the_others_in_order;
    order::who_waits_behind_keeps_nobody_from_starting;
    order::who_cannot_be_read_is_passed_over;
    order::what_has_not_started_is_overtaken;
    order::who_cannot_be_read_is_overtaken_too;
    order::lists_name_who_cannot_be_read;
    unread::who_lives_and_cannot_be_read_is_named;
    unread::who_cannot_be_read_is_taken_over_and_gives_its_site_back;
    unread::who_cannot_be_read_at_all_stays_until_the_flag_is_off;
    unread::turning_the_flag_off_cancels_who_cannot_be_read;
    unread::who_cannot_be_read_stops_nobody_else;
    order::a_pipeline_goes_from_environment_to_environment;
    order::a_pipeline_is_shown_as_far_as_it_can_be_read;
    order::a_pipeline_stops;
    http::releases_over_http;
    http::a_release_of_another_version_says_so;
}
