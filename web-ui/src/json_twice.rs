//! Members of a JSON text that are written twice, of which readers would keep one.

use std::collections::HashSet;

/// Such a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Twice {
    /// Its name.
    pub(crate) name: String,
    /// A JSON pointer to it.
    pub(crate) pointer: String,
    /// The line of the second one, from 1.
    pub(crate) line: usize,
}

/// Where the walk through a text is.
enum Level {
    Object {
        seen: HashSet<String>,
        /// The member whose value is next; absent where a name is next.
        member: Option<String>,
    },
    List(usize),
}

/// The first member that is written twice in a text which reads as JSON.
pub(crate) fn twice(text: &str) -> Option<Twice> {
    let mut levels = Vec::<Level>::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = end_of_string(bytes, at);
                if let Some(Level::Object {
                    seen,
                    member: member @ None,
                }) = levels.last_mut()
                {
                    let name: String = serde_json::from_str(text.get(at..end)?).ok()?;
                    let known = !seen.insert(name.clone());
                    *member = Some(name.clone());
                    if known {
                        let line = text[..at].matches('\n').count() + 1;
                        let pointer = pointer(&levels);
                        return Some(Twice {
                            name,
                            pointer,
                            line,
                        });
                    }
                }
                at = end;
                continue;
            }
            b'{' => levels.push(Level::Object {
                seen: HashSet::new(),
                member: None,
            }),
            b'[' => levels.push(Level::List(0)),
            b'}' | b']' => drop(levels.pop()),
            b',' => match levels.last_mut() {
                Some(Level::Object { member, .. }) => *member = None,
                Some(Level::List(index)) => *index += 1,
                None => {}
            },
            _ => {}
        }
        at += 1;
    }
    None
}

/// The offset behind a string that begins at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn pointer(levels: &[Level]) -> String {
    let mut pointer = String::new();
    for level in levels {
        let step = match level {
            Level::Object { member, .. } => {
                let name = member.as_deref().unwrap_or_default();
                name.replace('~', "~0").replace('/', "~1")
            }
            Level::List(index) => index.to_string(),
        };
        pointer.push('/');
        pointer.push_str(&step);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_named_with_its_place() {
        let found = |text: &str| twice(text).map(|it| (it.name, it.pointer, it.line));
        let is =
            |name: &str, pointer: &str, line| Some((name.to_owned(), pointer.to_owned(), line));
        assert_eq!(found(r#"{"a":1,"a":2}"#), is("a", "/a", 1));
        assert_eq!(
            found("{\"b\":[{\"k\":{\"k\":1}},\n{\"x/y\":1,\n\"x/y\":1}]}"),
            is("x/y", "/b/1/x~1y", 3)
        );
        assert_eq!(found(r#"{"a":1,"\u0061":2}"#), is("a", "/a", 1));
    }

    #[test]
    fn the_same_name_elsewhere_is_another_member() {
        for text in [
            "",
            "7",
            r#""a""#,
            r#"{"a":"a","b":{"a":["a","a"]},"c":[{"a":1},{"a":1}]}"#,
            r#"{"a":"\"a\":1,\"a\":","\\":1}"#,
        ] {
            assert_eq!(twice(text), None, "{text}");
        }
    }
}
