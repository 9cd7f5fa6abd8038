//! Settings that are addresses. One may name who signs in, so that a refusal never repeats it: it says which part
//! is at fault.

use reqwest::Url;
use secrecy::SecretString;

/// Addresses of NATS servers with commas between, or nothing. They may hold a password.
pub(super) fn nats_url(value: &str) -> Result<SecretString, String> {
    for part in value.split(',').filter(|_| !value.is_empty()) {
        let url = parsed(part, &["user", "password", "host"])?;
        let fits = |url: Url| matches!(url.scheme(), "nats" | "tls") && url.has_host();
        if !url.is_some_and(fits) {
            let form = "must be an address like nats://host:4222, or several with commas between";
            return Err(form.to_owned());
        }
    }
    Ok(value.into())
}

/// An SQLite file, or a database of a PostgreSQL.
pub(super) fn database_url(value: &str) -> Result<SecretString, String> {
    let scheme = value.split_once(':').map_or("", |(scheme, _)| scheme);
    let fits = match scheme {
        "sqlite" => true,
        "postgres" | "postgresql" => {
            let url = parsed(value, &["user", "password", "host", "database"])?;
            url.is_some_and(|url| url.fragment().is_none())
        }
        _ => false,
    };
    if fits {
        return Ok(value.into());
    }
    Err(
        "must be a URL like sqlite://footlight.db or postgres://user:password@host:5432/database, with % / ? # [ ] @ and : percent-encoded in the user and the password (# as %23)"
            .to_owned(),
    )
}

/// An HTTP address, or nothing.
pub(super) fn http_url(value: &str) -> Result<String, String> {
    let is_http = |scheme: &str| matches!(scheme, "http" | "https");
    if value.is_empty() {
        return Ok(String::new());
    }
    let url = match value.split_once("://") {
        Some((scheme, _)) if is_http(scheme) => parsed(value, &["user", "password", "host"])?,
        _ => Url::parse(value).ok(),
    };
    if url.is_some_and(|url| is_http(url.scheme()) && url.has_host()) {
        return Ok(value.to_owned());
    }
    Err("must be an address that begins with https:// or http://".to_owned())
}

/// The address, or none when it is none whichever part one looks at.
///
/// # Errors
/// Which of these parts is wrong.
fn parsed(value: &str, parts: &[&str]) -> Result<Option<Url>, String> {
    let parsed = Url::parse(value);
    // What stands in a query may well have an @.
    let is_http = value.starts_with("http");
    if let Some(fault) = unencoded(value).filter(|_| !is_http || parsed.is_err()) {
        return Err(fault);
    }
    let wrong = of_parts(value)
        .into_iter()
        .find(|(part, text)| parts.contains(part) && !is_decodable(text, *part == "host"));
    if let Some((part, _)) = wrong {
        return Err(format!(
            "has a {part} whose percent-encoding is broken: % stands before two hexadecimal digits of a byte of UTF-8, and is %25 itself"
        ));
    }
    if parsed.is_err() {
        let [_, _, (_, place), _] = of_parts(value);
        // An address of IPv6 has colons of its own, and stands in brackets.
        let after_host = place.rsplit_once(']').map_or(place, |(_, port)| port);
        let port = after_host.rsplit_once(':').map_or("", |(_, port)| port);
        if !port.is_empty() && port.parse::<u16>().is_err() {
            return Err("has a port that is no number up to 65535, or a password that must be percent-encoded: / is %2F, ? is %3F, # is %23 there".to_owned());
        }
        if !place.is_empty() {
            return Err("has a host that is none".to_owned());
        }
    }
    Ok(parsed.ok())
}

/// What is wrong with an address whose user or password ends it too early: `/`, `?` and `#` end the part in which
/// both stand, so that the rest of a password would be taken for a path, and end up in messages.
fn unencoded(value: &str) -> Option<String> {
    let (_, rest) = value.split_once("://")?;
    let (sign_in, _) = rest.rsplit_once('@')?;
    let end = sign_in.find(['/', '?', '#'])?;
    let (part, character) = match (sign_in[..end].contains(':'), &sign_in[end..=end]) {
        (false, character) => ("user", character),
        (true, character) => ("password", character),
    };
    let encoded = match character {
        "/" => "%2F",
        "?" => "%3F",
        _ => "%23",
    };
    Some(format!(
        "has a {part} that must be percent-encoded: {character} is {encoded} there, and likewise / is %2F, ? is %3F, # is %23, % is %25, @ is %40 (in what follows the host, too)"
    ))
}

/// What stands in an address, part by part.
fn of_parts(value: &str) -> [(&'static str, &str); 4] {
    let rest = value.split_once("://").map_or("", |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (sign_in, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = sign_in.split_once(':').unwrap_or((sign_in, ""));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    [
        ("user", user),
        ("password", password),
        ("host", place),
        ("database", path),
    ]
}

/// Is the text UTF-8 without its percent-encoding? In a strict one every % begins an encoded byte.
fn is_decodable(text: &str, is_strict: bool) -> bool {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let byte = piece
            .get(..2)
            .filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&piece.as_bytes()[2..]);
            }
            None if is_strict => return false,
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(piece.as_bytes());
            }
        }
    }
    std::str::from_utf8(&bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_database_url_is_not_repeated() {
        let refusal = database_url("mysql://root:hunter2@db/x").unwrap_err();
        assert!(!refusal.contains("hunter2"), "{refusal}");
        for url in ["sqlite://a.db", "postgres://h/d", "postgresql://h/d"] {
            assert!(database_url(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_password_that_is_not_encoded_is_spoken_of_and_never_repeated() {
        for (url, part) in [
            ("postgres://user:hunter2#x@host/d", "password"),
            ("postgres://user:hunter2/x@host/d", "password"),
            ("postgres://user:hunter2?x@host/d", "password"),
            // A port, for whoever reads the address as it is.
            ("postgres://user:12/hunter2@host/d", "password"),
            ("postgres://user:12?hunter2=x@host/d", "password"),
            ("postgres://hunter2/x@host/d", "user"),
            ("postgres://user:hunter2#x", "percent-encoded"),
        ] {
            let refusal = database_url(url).unwrap_err();
            assert!(!refusal.contains("hunter2"), "{refusal}");
            assert!(refusal.contains(part), "{url}: {refusal}");
            assert!(refusal.contains("percent-encoded"), "{url}: {refusal}");
        }
        let refusal = nats_url("nats://a:4222,nats://user:12#hunter2@host").unwrap_err();
        assert!(!refusal.contains("hunter2") && refusal.contains("password"));
        for url in [
            "postgres://user:p%23%2F%3F%40@host:5432/d?sslmode=require",
            "postgres:///d?host=/var/run/postgresql",
            "postgres://user:100%@host/d",
        ] {
            assert!(database_url(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn the_part_whose_encoding_is_broken_is_named() {
        type Parse = fn(&str) -> Result<(), String>;
        let database: Parse = |url| database_url(url).map(|_| ());
        let nats: Parse = |url| nats_url(url).map(|_| ());
        let http: Parse = |url| http_url(url).map(|_| ());
        for (parse, url, part) in [
            (database, "postgres://hunter2%ff:p@host/d", "user"),
            (database, "postgres://user:hunter2%FF@host/d", "password"),
            (database, "postgres://user:hunter2@ho%zzst/d", "host"),
            (database, "postgres://user:hunter2@host/d%c3", "database"),
            (database, "postgres://user:hunter2@host:port/d", "port"),
            (
                nats,
                "nats://a:4222,nats://user:hunter2%ff@host",
                "password",
            ),
            (nats, "nats://user:hunter2@ho%st:4222", "host"),
            (http, "https://user:hunter2%ff@host/v1", "password"),
            (http, "https://user:hunter2/x@host/v1", "password"),
            (http, "https://user:hunter2@ho st/v1", "host"),
            (http, "https://user:hunter2@host:99999/v1", "port"),
        ] {
            let refusal = parse(url).expect_err(url);
            let said = format!("has a {part} ");
            assert!(refusal.contains(&said), "{url}: {refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
        for url in [
            "https://h/v1?to=a@b",
            "http://user:p%40@h",
            "http://h/%ff",
            "",
        ] {
            assert!(http_url(url).is_ok(), "{url}");
        }
        for url in ["nats://h", "nats://u:p@h,tls://h:1", ""] {
            assert!(nats_url(url).is_ok(), "{url}");
        }
        for url in ["h", "ftp://h", "https://"] {
            assert!(http_url(url).is_err(), "{url}");
        }
    }
}
