//! What the value of a setting may be, and how one that may not be is refused.
//!
//! clap's own refusals name the flag and repeat the value. Ours name the variable too, since most
//! settings come from the environment, and never repeat a value that may hold a secret: no key, and no
//! address that may name who signs in.

use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};
use ipnet::IpNet;
use reqwest::Url;
use secrecy::SecretString;
use uuid::Uuid;

use super::LogFormat;

const MAX_COUNT: u32 = 1_000_000;
const MAX_SECONDS: u64 = 86_400;

/// Parses a setting by a function that says, when it refuses, what would be right.
///
/// An empty value is unset: the default takes its place.
#[derive(Clone)]
pub(super) struct Setting<T>(pub(super) fn(&str) -> Result<T, String>);

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Setting<T> {
    type Value = T;

    fn parse_ref(&self, cmd: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let value = if value.is_empty() {
            default_of(arg)
        } else {
            value
        };
        value
            .to_str()
            .ok_or_else(|| "must be text in UTF-8".to_owned())
            .and_then(self.0)
            .map_err(|refusal| {
                let message = format!("{} {refusal}\n", name_of(arg));
                clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(cmd)
            })
    }
}

fn default_of(arg: Option<&Arg>) -> &OsStr {
    arg.and_then(|arg| arg.get_default_values().first())
        .map_or(OsStr::new(""), |default| default.as_os_str())
}

/// `LISTEN (--listen)`.
fn name_of(arg: Option<&Arg>) -> String {
    let variable = arg.and_then(Arg::get_env).and_then(OsStr::to_str);
    let flag = arg.and_then(Arg::get_long);
    if let (None, Some(flag)) = (variable, flag) {
        return format!("--{flag}");
    }
    let position = arg.and_then(Arg::get_value_names);
    let position = position
        .and_then(|names| names.first())
        .map(clap::builder::Str::as_str);
    match (variable, flag.or(position)) {
        (Some(variable), Some(flag)) => format!("{variable} (--{flag})"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "the value".to_owned(),
    }
}

/// An optional text that is not empty.
pub(super) fn given(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.is_empty())
}

/// Any text.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the form that every parser of a setting has"
)]
pub(super) fn text(value: &str) -> Result<String, String> {
    Ok(value.to_owned())
}

pub(super) fn switch(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "on" | "1" => Ok(true),
        "false" | "off" | "0" => Ok(false),
        _ => Err(format!(
            "must be on or off (true/false, 1/0), not {value:?}"
        )),
    }
}

pub(super) fn count<T: TryFrom<u32>>(value: &str) -> Result<T, String> {
    value
        .parse()
        .ok()
        .filter(|number| (1..=MAX_COUNT).contains(number))
        .and_then(|number: u32| T::try_from(number).ok())
        .ok_or_else(|| format!("must be a whole number from 1 to {MAX_COUNT}, not {value:?}"))
}

/// A count whose 0 turns the limit off.
pub(super) fn count_or_none(value: &str) -> Result<u32, String> {
    match value {
        "0" => Ok(0),
        _ => count(value).map_err(|_| {
            format!("must be a whole number from 0 (no limit) to {MAX_COUNT}, not {value:?}")
        }),
    }
}

pub(super) fn seconds(value: &str) -> Result<Duration, String> {
    seconds_from(1, value)
}

pub(super) fn seconds_or_none(value: &str) -> Result<Duration, String> {
    seconds_from(0, value)
}

fn seconds_from(least: u64, value: &str) -> Result<Duration, String> {
    value
        .parse()
        .ok()
        .filter(|number| (least..=MAX_SECONDS).contains(number))
        .map(Duration::from_secs)
        .ok_or_else(|| {
            format!("must be whole seconds from {least} to {MAX_SECONDS}, not {value:?}")
        })
}

pub(super) fn address(value: &str) -> Result<SocketAddr, String> {
    value
        .parse()
        .map_err(|_| format!("must be an IP address and a port like 127.0.0.1:8080, not {value:?}"))
}

/// Where to listen, if anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Door(pub(super) Option<SocketAddr>);

pub(super) fn address_or_off(value: &str) -> Result<Door, String> {
    if value.eq_ignore_ascii_case("off") {
        return Ok(Door(None));
    }
    address(value)
        .map(|address| Door(Some(address)))
        .map_err(|_| {
            format!("must be off, or an IP address and a port like 127.0.0.1:9090, not {value:?}")
        })
}

/// Addresses of NATS servers with commas between, or nothing. They may hold a password.
pub(super) fn nats_url(value: &str) -> Result<SecretString, String> {
    let fits = |part: &str| {
        Url::parse(part).is_ok_and(|url| matches!(url.scheme(), "nats" | "tls") && url.has_host())
    };
    if let Some(unencoded) = value.split(',').find_map(unencoded) {
        return Err(unencoded);
    }
    if value.is_empty() || value.split(',').all(fits) {
        return Ok(value.into());
    }
    Err("must be an address like nats://host:4222, or several with commas between".to_owned())
}

/// The id of a row.
pub(super) fn id(value: &str) -> Result<Uuid, String> {
    Uuid::try_parse(value).map_err(|_| {
        format!("must be an id like 01890a5d-ac96-774b-bcce-b302099a8057, not {value:?}")
    })
}

pub(super) fn database_url(value: &str) -> Result<SecretString, String> {
    let scheme = value.split_once(':').map_or("", |(scheme, _)| scheme);
    let fits = match scheme {
        "sqlite" => true,
        "postgres" | "postgresql" => {
            if let Some(unencoded) = unencoded(value) {
                return Err(unencoded);
            }
            Url::parse(value).is_ok_and(|url| url.fragment().is_none())
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

/// An HTTP address, or nothing.
pub(super) fn http_url(value: &str) -> Result<String, String> {
    let fits = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    if value.is_empty() || Url::parse(value).is_ok_and(|url| fits(&url)) {
        return Ok(value.to_owned());
    }
    Err("must be an address that begins with https:// or http://".to_owned())
}

/// Origins that browsers may call from, as they stand in an `Origin` header.
#[derive(Clone, Debug, Default)]
pub struct Origins(pub(super) Vec<String>);

pub(super) fn origins(value: &str) -> Result<Origins, String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .enumerate()
        .map(origin)
        .collect::<Result<_, _>>()
        .map(Origins)
}

/// One of a list, by its place in it: it may name somebody who signs in.
fn origin((place, value): (usize, &str)) -> Result<String, String> {
    let refusal = || {
        let number = place + 1;
        format!(
            "must list origins like https://app.example.com with commas between, and number {number} is none"
        )
    };
    let url = Url::parse(value).map_err(|_| refusal())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if matches!(url.scheme(), "http" | "https") && bare && url.username().is_empty() {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(refusal())
    }
}

/// Networks, a single address being one of its own.
#[derive(Clone, Debug, Default)]
pub struct Networks(pub(super) Vec<IpNet>);

pub(super) fn networks(value: &str) -> Result<Networks, String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(network)
        .collect::<Result<_, _>>()
        .map(Networks)
}

fn network(value: &str) -> Result<IpNet, String> {
    let address = value.parse().map(|address: IpAddr| address.to_canonical());
    address.map(IpNet::from).or_else(|_| {
        value.parse().map_err(|_| {
            format!("must list addresses or networks like 10.0.0.7 or 10.0.0.0/8 with commas between, not {value:?}")
        })
    })
}

pub(super) fn log_format(value: &str) -> Result<LogFormat, String> {
    match value {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("must be text or json, not {value:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_true_false_on_off_1_0() {
        for (text, expected) in [
            ("true", Some(true)),
            ("ON", Some(true)),
            ("1", Some(true)),
            ("False", Some(false)),
            ("off", Some(false)),
            ("0", Some(false)),
            ("yes", None),
            (" on", None),
        ] {
            assert_eq!(switch(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_whole_and_in_range() {
        for text in ["0", "-1", "1.5", "1000001", "4294967296", "many"] {
            assert!(count::<u32>(text).is_err(), "{text}");
        }
        assert_eq!(count::<usize>("1000000"), Ok(1_000_000));
        assert!(seconds("0").is_err());
        assert_eq!(seconds_or_none("0"), Ok(Duration::ZERO));
        assert!(seconds("86401").is_err());
    }

    #[test]
    fn a_limit_of_zero_is_none() {
        assert_eq!(count_or_none("0"), Ok(0));
        assert_eq!(count_or_none("300"), Ok(300));
        for text in ["-1", "00", "1.5", "1000001", "off"] {
            let refusal = count_or_none(text).unwrap_err();
            assert!(refusal.contains("0 (no limit)"), "{text}: {refusal}");
        }
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let listed = networks("10.0.0.0/8, 192.0.2.7,::ffff:192.0.2.8, fd00::/8").unwrap();
        let listed: Vec<_> = listed.0.iter().map(ToString::to_string).collect();
        let expected = ["10.0.0.0/8", "192.0.2.7/32", "192.0.2.8/32", "fd00::/8"];
        assert_eq!(listed, expected);
        for refused in ["proxy", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "*"] {
            let refusal = networks(refused).unwrap_err();
            assert!(refusal.contains("10.0.0.0/8"), "{refused}: {refusal}");
        }
        assert!(networks("").unwrap().0.is_empty());
    }

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
        ] {
            assert!(database_url(url).is_ok(), "{url}");
        }
        let refusal = origins("https://ok.example,https://user:hunter2@b").unwrap_err();
        assert!(!refusal.contains("hunter2") && refusal.contains("number 2"));
    }

    #[test]
    fn origins_are_written_as_browsers_send_them() {
        let listed = origins("https://App.example.com:443/, http://localhost:5173").unwrap();
        assert_eq!(
            listed.0,
            ["https://app.example.com", "http://localhost:5173"]
        );
        for refused in [
            "*",
            "null",
            "app.example.com",
            "https://a.b/path",
            "ftp://a",
        ] {
            assert!(origins(refused).is_err(), "{refused}");
        }
        assert!(origins("").unwrap().0.is_empty());
    }
}
