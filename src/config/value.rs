//! What the value of a setting may be, and how one that may not be is refused.
//!
//! clap's own refusals name the flag and repeat the value. Ours name the variable too, since most
//! settings come from the environment, and never repeat a value that may hold a secret: no key, and no
//! address that may name who signs in.

use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};
use ipnet::IpNet;
use reqwest::Url;
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

/// The id of a row.
pub(super) fn id(value: &str) -> Result<Uuid, String> {
    Uuid::try_parse(value).map_err(|_| {
        format!("must be an id like 01890a5d-ac96-774b-bcce-b302099a8057, not {value:?}")
    })
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

/// A key that a Supabase project publishes. One that is to be kept from everybody would be told to everybody.
pub(super) fn public_key(value: &str) -> Result<String, String> {
    if value.starts_with("sb_secret_") || role(value).as_deref() == Some("service_role") {
        let refusal = "is one of the project's secret keys, and the console shows its key to everybody: take the anon or the publishable one";
        return Err(refusal.to_owned());
    }
    Ok(value.to_owned())
}

/// The role that a key in the form of a token names.
fn role(key: &str) -> Option<String> {
    let claims = key.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    claims["role"].as_str().map(str::to_owned)
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
    fn a_secret_key_is_not_taken_for_the_public_one() {
        let token = |role: &str| {
            let claims = format!("{{\"iss\":\"supabase\",\"role\":\"{role}\"}}");
            format!("e30.{}.hunter2", URL_SAFE_NO_PAD.encode(claims))
        };
        for key in ["", "sb_publishable_x", "public", "a.b.c", &token("anon")] {
            assert_eq!(public_key(key).as_deref(), Ok(key));
        }
        for key in ["sb_secret_hunter2", &token("service_role")] {
            let refusal = public_key(key).unwrap_err();
            assert!(refusal.contains("secret") && !refusal.contains("hunter2"));
        }
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
        let refusal = origins("https://ok.example,https://user:hunter2@b").unwrap_err();
        assert!(!refusal.contains("hunter2") && refusal.contains("number 2"));
    }
}
