//! Keys from names, and what is wrong with keys.

/// A key from a name: lower-case letters, digits and single hyphens. Accents are dropped
/// where a plain letter is left; what has none becomes a hyphen.
pub(crate) fn slug(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(plain) => key.push_str(plain),
            None if c.is_ascii_alphanumeric() => key.push(c),
            None if matches!(c, '.' | '_') => key.push(c),
            None if c == '\'' || c == '\u{2019}' => {}
            None if !key.is_empty() && !key.ends_with('-') => key.push('-'),
            None => {}
        }
    }
    key.trim_matches(['-', '.', '_']).to_owned()
}

/// The plain letters for the accented ones that are common in names.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' | 'ă' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
        'ö' | 'œ' => "oe",
        'ś' | 'š' | 'ş' => "s",
        'ß' => "ss",
        'ù' | 'ú' | 'û' | 'ů' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        // A combining accent is left from a decomposed letter.
        '\u{300}'..='\u{36f}' => "",
        _ => return None,
    })
}

/// What is wrong with the key of a flag, a segment or a variation. An empty one is not
/// reproached: it is not written yet.
pub(crate) fn key_problem(key: &str) -> Option<String> {
    if key.is_empty() {
        None
    } else if key.chars().count() > 255 {
        Some("At most 255 characters.".to_owned())
    } else if key.chars().any(char::is_control) {
        Some("No control characters.".to_owned())
    } else if key.trim() != key {
        Some("No space at the start or the end.".to_owned())
    } else {
        None
    }
}

/// What is wrong with the key of a project or an environment.
pub(crate) fn project_key_problem(key: &str) -> Option<String> {
    let fits = key
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (!fits).then(|| "Lower-case letters, digits and hyphens.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_from_names() {
        for (name, key) in [
            ("New checkout", "new-checkout"),
            ("  Größe: XL / 2 ", "groesse-xl-2"),
            ("Café l'été", "cafe-lete"),
            ("payments.v2_beta", "payments.v2_beta"),
            ("--", ""),
            ("新しい", ""),
        ] {
            assert_eq!(slug(name), key, "{name:?}");
        }
    }

    #[test]
    fn problems_with_keys() {
        assert_eq!(key_problem("a/b.ü 🐦"), None);
        assert!(key_problem(" a").is_some());
        assert!(key_problem("a\nb").is_some());
        assert!(key_problem(&"x".repeat(256)).is_some());
        assert!(project_key_problem("Shop").is_some());
        assert_eq!(project_key_problem("web-shop2"), None);
    }
}
