//! What holds a release, or keeps it from starting, and what can be done about it.

use serin_engine::release::{Blocked, Hold};

/// Why the engine holds a release, as a part of a sentence.
pub(super) fn hold(hold: Hold) -> &'static str {
    match hold {
        Hold::NoData => "no evidence of the baseline, of the candidate or of both for too long",
        Hold::ProviderDown => "a source of evidence does not answer",
        Hold::SampleMismatch => "users are not divided as they should be",
        Hold::SloBurn => "an error budget burns on both sides",
        Hold::Harm => "the candidate does harm",
    }
}

/// What keeps a release from starting, as a part of a sentence.
pub(super) fn block(blocked: Blocked) -> &'static str {
    match blocked {
        Blocked::Window => "its window is closed",
        Blocked::Limit => "as many releases run as may",
        Blocked::SiteTaken => "another release has its place",
        Blocked::Unsuitable => "the flag is off, or serves something else than the baseline",
    }
}

pub(super) fn joined<T: Copy>(all: &[T], words: fn(T) -> &'static str) -> String {
    let all: Vec<&str> = all.iter().map(|it| words(*it)).collect();
    all.join(", and ")
}

/// What a hold means for whoever is called because of it, and what to look at.
pub(crate) fn hold_advice(hold: Hold) -> &'static str {
    match hold {
        Hold::NoData => {
            "No unit of the baseline, of the candidate or of either was counted for too long (the last window, under Evidence, says since when). Nothing bakes meanwhile, and nobody is moved. Look whether programs still evaluate the flag and report: it goes on when they do."
        }
        Hold::ProviderDown => {
            "A system that evidence is read from does not answer, or this version of the server cannot read a metric (the history says which). That says nothing of the candidate: it goes on when answers come again."
        }
        Hold::SampleMismatch => {
            "One side has fewer units than its share: some are lost before they are counted, by a crash, a cache or a filter. No figure can be trusted until that is found. Retry begins the stage with new evidence."
        }
        Hold::SloBurn => {
            "An error budget burns, in both arms: something else is wrong. It goes on when the budget holds again."
        }
        Hold::Harm => {
            "The candidate is worse than a guard allows, and a person is to decide: roll it back, or go on and answer for it."
        }
    }
}

/// What keeps a release from starting, and what can be done.
pub(crate) fn block_advice(blocked: Blocked) -> &'static str {
    match blocked {
        Blocked::Window => "It starts by itself when its window opens.",
        Blocked::Limit => {
            "It starts by itself when one of the environment's other releases is over."
        }
        Blocked::SiteTaken => {
            "It starts by itself when the other release is over, or takes over from it now."
        }
        Blocked::Unsuitable => {
            "The flag is off or archived, serves something else than the baseline, or a metric or segment that the release names is gone or cannot be read. Mend that, or edit the release."
        }
    }
}
