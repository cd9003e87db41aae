//! Sums of what several saw of the same stretch of time.

use std::collections::btree_map::Entry;

use super::{Arm, Counter, Tally};

impl Arm {
    /// Takes in what another saw. In whatever order arms are summed, the sum is the same,
    /// as long as all of them report a metric alike.
    pub fn merge(&mut self, other: &Self) {
        if self.first.is_some() || other.first.is_some() {
            self.first = Some(self.first() + other.first());
        }
        self.exposed += other.exposed;
        for (metric, tally) in &other.metrics {
            match self.metrics.entry(metric.clone()) {
                Entry::Vacant(place) => drop(place.insert(tally.clone())),
                Entry::Occupied(mut place) => place.get_mut().merge(tally),
            }
        }
    }
}

impl Tally {
    /// Takes in another of the same form. One of the other form cannot be summed with it,
    /// and changes nothing.
    pub fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Events(events), Self::Events(more)) => *events += more,
            (Self::Histogram(values), Self::Histogram(more)) => values.merge(more),
            (Self::Counter(counter), Self::Counter(more)) => counter.merge(*more),
            (Self::Events(_), Self::Histogram(_) | Self::Counter(_))
            | (Self::Histogram(_), Self::Events(_) | Self::Counter(_))
            | (Self::Counter(_), Self::Events(_) | Self::Histogram(_)) => {}
        }
    }
}

impl Counter {
    fn merge(&mut self, more: Self) {
        self.exposed += more.exposed;
        self.events += more.events;
        self.seconds = self.seconds.saturating_add(more.seconds);
    }
}

#[cfg(test)]
mod tests;
