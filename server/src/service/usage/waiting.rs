//! Sampled contexts on their way to the database.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

/// How many wait of an environment at most, and are kept of it.
pub(super) const KEPT: usize = 1000;
/// How many bytes of text wait at most, of all environments together.
const MAX_BYTES: usize = 64 << 20;

/// What tells a context from others.
pub(super) type Digest = [u8; 32];

/// The newest contexts of each environment, each once, as JSON text. However many come
/// while the database is slow, they are never more than the limits above: the oldest go.
#[derive(Clone, Debug, Default)]
pub(super) struct Contexts {
    environments: HashMap<Uuid, Newest>,
    bytes: usize,
}

#[derive(Clone, Debug, Default)]
struct Newest {
    texts: HashMap<Digest, (u64, String)>,
    /// By the order in which they came.
    order: BTreeMap<u64, Digest>,
    next: u64,
    bytes: usize,
}

impl Contexts {
    /// One more, the newest. One that waits already becomes the newest.
    pub(super) fn add(&mut self, environment_id: Uuid, digest: Digest, text: String) {
        self.bytes += text.len();
        let newest = self.environments.entry(environment_id).or_default();
        self.bytes -= newest.add(digest, text);
        while self.bytes > MAX_BYTES {
            let mut all = self.environments.values_mut();
            let Some(first) = all.next() else { return };
            let most = all.fold(first, |most, other| {
                if other.bytes > most.bytes {
                    other
                } else {
                    most
                }
            });
            self.bytes -= most.drop_oldest();
        }
    }

    /// Takes back what came before all that waits by now.
    pub(super) fn put_back(&mut self, older: Self) {
        let newer = std::mem::replace(self, older);
        for (environment_id, newest) in newer.environments {
            let Newest {
                mut texts, order, ..
            } = newest;
            for digest in order.into_values() {
                if let Some((_, text)) = texts.remove(&digest) {
                    self.add(environment_id, digest, text);
                }
            }
        }
    }

    /// By environment, the oldest first.
    pub(super) fn each(
        &self,
    ) -> impl Iterator<Item = (Uuid, impl Iterator<Item = (&Digest, &str)>)> {
        self.environments.iter().map(|(environment_id, newest)| {
            let order = newest.order.values();
            let texts = order.filter_map(|digest| {
                let (_, text) = newest.texts.get(digest)?;
                Some((digest, text.as_str()))
            });
            (*environment_id, texts)
        })
    }
}

impl Newest {
    /// Gives the bytes that went for it.
    fn add(&mut self, digest: Digest, text: String) -> usize {
        self.bytes += text.len();
        self.next += 1;
        self.order.insert(self.next, digest);
        let mut gone = 0;
        if let Some((place, text)) = self.texts.insert(digest, (self.next, text)) {
            self.order.remove(&place);
            self.bytes -= text.len();
            gone += text.len();
        }
        while self.texts.len() > KEPT {
            gone += self.drop_oldest();
        }
        gone
    }

    fn drop_oldest(&mut self) -> usize {
        let oldest = self.order.pop_first();
        let gone = oldest.and_then(|(_, digest)| self.texts.remove(&digest));
        let bytes = gone.map_or(0, |(_, text)| text.len());
        self.bytes -= bytes;
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Uuid = Uuid::from_u128(1);

    fn digest(number: usize) -> Digest {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_be_bytes());
        digest
    }

    fn texts(contexts: &Contexts, wanted: Uuid) -> Vec<String> {
        let mut all = contexts.each();
        all.find(|(id, _)| *id == wanted)
            .map(|(_, texts)| texts.map(|(_, text)| text.to_owned()).collect())
            .unwrap_or_default()
    }

    #[test]
    fn the_newest_wait_each_once() {
        let mut waiting = Contexts::default();
        for number in 0..KEPT + 10 {
            waiting.add(HERE, digest(number), number.to_string());
        }
        waiting.add(HERE, digest(500), "500".to_owned());
        let found = texts(&waiting, HERE);
        assert_eq!(found.len(), KEPT);
        assert_eq!((found[0].as_str(), found[KEPT - 1].as_str()), ("10", "500"));
        let bytes: usize = found.iter().map(String::len).sum();
        assert_eq!(waiting.bytes, bytes);
    }

    #[test]
    fn their_text_has_a_limit_however_many_environments_there_are() {
        let mut waiting = Contexts::default();
        let small = Uuid::from_u128(2000);
        waiting.add(small, digest(0), "{}".to_owned());
        for environment in 0..40 {
            for number in 0..KEPT {
                let text = "x".repeat(4096);
                waiting.add(Uuid::from_u128(environment), digest(number), text);
            }
        }
        assert!(waiting.bytes <= MAX_BYTES, "{}", waiting.bytes);
        assert!(waiting.bytes > MAX_BYTES - 4096);
        assert_eq!(texts(&waiting, small), ["{}"], "who has most gives");
        assert!(!texts(&waiting, Uuid::from_u128(39)).is_empty());
    }

    #[test]
    fn what_could_not_be_written_gives_way_to_what_came_since() {
        let mut waiting = Contexts::default();
        for number in 0..KEPT {
            waiting.add(HERE, digest(number), number.to_string());
        }
        let older = std::mem::take(&mut waiting);
        waiting.add(HERE, digest(3), "3".to_owned());
        waiting.add(HERE, digest(KEPT), KEPT.to_string());
        waiting.put_back(older);
        let found = texts(&waiting, HERE);
        assert_eq!((found.len(), found[0].as_str()), (KEPT, "1"));
        assert_eq!(found[KEPT - 2..], ["3".to_owned(), KEPT.to_string()]);
    }
}
