//! What a JSON body's text alone can show, before it is parsed.

/// Most values of a JSON body: an object takes 2 kB and some microseconds while it is read and checked,
/// be it ever so short as text.
pub(in crate::http) const VALUES: usize = 50_000;

/// Does this JSON have more than [`VALUES`] values? Each but the first of all stands behind a bracket
/// or a comma.
pub(in crate::http) fn has_too_many_values(json: &[u8]) -> bool {
    let (mut values, mut in_string, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' | b',' if !in_string => values += 1,
            _ => {}
        }
    }
    values > VALUES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_json_are_counted_outside_of_strings() {
        for (item, counts) in [
            ("1,", true),
            ("[],", true),
            ("{\"a\":1},", true),
            ("\"\\\",,\",", true),
            ("\\u005b", false),
            (" :", false),
        ] {
            let quote = if counts { "" } else { "\"" };
            let json = format!("{quote}{}{quote}", item.repeat(VALUES + 1));
            assert_eq!(has_too_many_values(json.as_bytes()), counts, "{item}");
            let json = format!("{quote}{}{quote}", item.repeat(VALUES / 2));
            assert!(!has_too_many_values(json.as_bytes()), "{item}");
        }
    }
}
