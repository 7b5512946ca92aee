//! The collector keeps its promises in a few hundred worlds, and every mutant is found.

use simulation::{Mutant, Promise, Seeds, hunt_one, play, run};

/// Seeds for a test that runs in seconds even unoptimised; `cargo local simulate` plays as many as there is
/// time for.
const SOME: Seeds = Seeds { from: 0, count: 300, time: None };

/// Within so many seeds every mutant is found.
const ENOUGH: Seeds = Seeds { from: 0, count: 300, time: None };

#[test]
fn promises_are_kept_in_every_world() {
    let summary = run(SOME, |_, _| ());
    assert!(summary.violations.is_empty(), "{:#?}", summary.violations);
    assert_eq!(summary.seeds, SOME.count);
    assert!(summary.steps > SOME.count * 1000, "the worlds are empty: {} steps", summary.steps);
}

#[test]
fn a_seed_is_played_the_same_way_twice_byte_for_byte() {
    for seed in [3, 10, 46, 71] {
        let (once, again) = (play(seed, None, true), play(seed, None, true));
        assert!(once.story.lines().count() > 100, "seed {seed} has no story");
        assert_eq!(once, again);
        let without_story = play(seed, None, false);
        assert_eq!(
            (without_story.steps, without_story.violations),
            (once.steps, once.violations),
            "telling changes nothing"
        );
    }
}

#[test]
fn different_seeds_are_different_worlds() {
    assert_ne!(play(1, None, true).story, play(2, None, true).story);
}

#[test]
fn a_refusal_that_puts_nothing_on_hold_breaks_the_promise_of_holds() {
    for mutant in [Mutant::RefusalTakenForTrouble, Mutant::RefusalWaitedOutAlone] {
        let violations = (0..20).flat_map(|seed| play(seed, Some(mutant), false).violations);
        let mut holds = violations.filter(|violation| violation.promise == Promise::HoldsKept);
        assert!(holds.any(|violation| violation.seen.contains("has put nothing on hold")), "{mutant:?}");
    }
}

/// One test for each mutant, so that they run side by side.
macro_rules! mutants {
    ($($test:ident: $mutant:ident),+ $(,)?) => {
        $(
            #[test]
            fn $test() {
                let found = hunt_one(ENOUGH, Mutant::$mutant);
                if found.is_none() {
                    panic!("{} is not found within {} seeds", Mutant::$mutant.name(), ENOUGH.count);
                }
            }
        )+

        #[test]
        fn every_mutant_is_hunted() {
            let hunted = [$(Mutant::$mutant),+];
            assert!(Mutant::ALL.iter().all(|mutant| hunted.contains(mutant)));
        }
    };
}

mutants! {
    artists_written_after_the_term_are_missed: ArtistsAfterFinish,
    follow_ups_put_after_the_term_are_missed: FollowUpsAfterFinish,
    a_forgotten_follow_up_is_missed: FollowUpForgotten,
    a_message_deleted_too_early_is_missed: DeleteBeforeFinish,
    a_deferred_message_that_is_deleted_is_missed: KeptMessageDeleted,
    a_deferral_counted_as_an_attempt_is_seen: DeferralIsAttempt,
    a_term_sent_without_a_condition_is_seen: SendWithoutCondition,
    a_term_finished_without_a_condition_is_seen: FinishWithoutCondition,
    a_term_given_back_by_whoever_held_it_once_is_seen: GiveBackWithoutClaim,
    progress_that_is_not_kept_is_seen: ProgressForgotten,
    what_was_tried_out_and_is_not_kept_is_seen: TrialsForgotten,
    a_lease_that_is_not_renewed_is_seen: LeaseNotRenewed,
    a_string_that_is_left_out_is_missed: StringSkipped,
    a_dispatch_during_a_hold_is_seen: HoldUnseenByDispatch,
    an_epoch_that_does_not_begin_is_seen: EpochForgotten,
    a_hold_that_is_not_shared_is_seen: HoldForgotten,
    a_lease_during_a_hold_is_seen: LeaseDuringHold,
    a_lease_given_twice_is_seen: LeaseGivenTwice,
    a_retry_after_that_is_ignored_is_seen: RetryAfterIgnored,
    a_refusal_that_is_taken_for_trouble_is_seen: RefusalTakenForTrouble,
    a_refusal_that_only_its_term_waits_for_is_seen: RefusalWaitedOutAlone,
    a_message_that_is_not_hidden_is_seen: VisibilityIgnored,
    a_message_that_was_not_accepted_is_missed: UnacceptedTakenForSent,
    a_run_closed_too_early_is_seen: CloseWithoutSecondLook,
    a_run_that_calls_open_terms_done_is_seen: OpenReportedDone,
    an_open_term_that_is_called_split_is_seen: OpenTakenForSplit,
    a_saturated_term_that_is_called_done_is_seen: OpenCalledDone,
    a_saturated_genre_that_is_closed_without_the_search_is_seen: SaturatedGenreClosed,
    a_hold_that_is_outlived_is_seen: HoldOutlived,
    a_run_opened_twice_is_seen: OpenedTwice,
    a_stop_that_is_forgotten_is_seen: StopForgotten,
    a_bad_message_that_blocks_is_seen: BadMessageKept,
    a_bad_message_that_disappears_is_missed: BadMessageDropped,
    a_dead_letter_that_is_not_accepted_is_missed: RefusedLetterForgotten,
    a_missing_field_that_erases_is_seen: MissingErases,
    an_artist_that_is_gone_and_stays_to_be_completed_is_seen: WithdrawalForgotten,
    a_change_that_is_counted_as_a_first_sighting_is_seen: ChangeTakenForReturn,
    an_end_that_is_set_when_a_term_is_put_is_seen: EndWhenPut,
    an_end_that_is_not_set_when_a_run_closes_is_seen: EndForgotten,
    an_end_in_milliseconds_is_seen: EndInMilliseconds,
    rows_that_end_too_early_are_seen: RowsKeptHalf,
    a_count_that_begins_anew_each_minute_is_seen: CountWithoutCursor,
    a_run_closed_after_the_first_page_of_its_terms_is_seen: CloseAfterFirstPage,
    a_failed_leaf_that_the_next_run_does_not_ask_is_seen: FailedLeafForgotten,
}
