//! How long a provider asks to be left alone, in all the ways in which they say so.
//!
//! 1. `retry-after-ms`, or else `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).
//! 2. Google's `RetryInfo` among the details of an error.
//! 3. The words of the message: "try again in 1m26.4s", "retry after 26 seconds".
//! 4. Where none of these is given, the time at which a limit that was reached starts anew:
//!    `x-ratelimit-reset-tokens` and the like, of a 429.
//!
//! Of several the longest is obeyed.

use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use regex::Regex;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

const RESET: &str = "x-ratelimit-reset";
const REMAINING: &str = "x-ratelimit-remaining";
/// Numbers beyond these are no seconds but a time since 1970, in seconds or milliseconds.
const SINCE_1970: (f64, f64) = (1e9, 1e12);

static IN_WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let asked =
        r"\b(?:try\b[^.:;]{0,30}?\bagain|retry)\b[^.:;]{0,30}?\b(?:in|after)|\bwait(?:\s+for)?";
    Regex::new(&format!(
        r"(?i)(?:{asked})\s*:?\s+(?:about\s+|at\s+least\s+)?([0-9][0-9a-z., ]*)"
    ))
    .ok()
});
/// The old forms of a date, RFC 850's and that of C's asctime, which are still to be read.
const OLD_DATES: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// The wait that an answer of this status asks for; none in a stream has a status or headers.
pub(super) fn asked_for(
    status: Option<u16>,
    headers: &HeaderMap,
    (error, message): (&Value, &str),
    now: DateTime<Utc>,
) -> Option<Duration> {
    let by_header = in_ms(headers).or_else(|| retry_after(headers, now));
    let longest = [by_header, retry_info(error), in_words(message)]
        .into_iter()
        .flatten()
        .max();
    longest.or_else(|| {
        let is_limit = status == Some(429);
        is_limit.then(|| reset(headers, (error, message), now))?
    })
}

fn in_ms(headers: &HeaderMap) -> Option<Duration> {
    let ms: f64 = text(headers, "retry-after-ms")?.parse().ok()?;
    seconds(ms / 1000.0)
}

/// A date in the past is no wait at all, and more seconds than a duration can hold are the longest one.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER.as_str())?;
    if let Ok(number) = value.parse() {
        return seconds(number);
    }
    let old = |form| Some(NaiveDateTime::parse_from_str(value, form).ok()?.and_utc());
    let date = match DateTime::parse_from_rfc2822(value) {
        Ok(date) => date.to_utc(),
        Err(_) => match OLD_DATES.into_iter().find_map(old) {
            Some(date) => date,
            None => return duration(value),
        },
    };
    Some((date - now).to_std().unwrap_or_default())
}

fn retry_info(error: &Value) -> Option<Duration> {
    let details = error["details"].as_array()?;
    details.iter().find_map(|detail| {
        let kind = detail["@type"].as_str()?;
        if !kind.ends_with("RetryInfo") {
            return None;
        }
        match &detail["retryDelay"] {
            Value::String(delay) => duration(delay),
            delay => {
                seconds(delay["seconds"].as_f64()? + delay["nanos"].as_f64().unwrap_or(0.0) / 1e9)
            }
        }
    })
}

fn in_words(message: &str) -> Option<Duration> {
    let mut found = IN_WORDS.as_ref()?.captures_iter(message);
    found.find_map(|found| duration(found.get(1)?.as_str()))
}

/// The longest time until a limit starts anew that was reached: nothing is left of it, the error speaks
/// of it, or nobody says what is left.
fn reset(
    headers: &HeaderMap,
    (error, message): (&Value, &str),
    now: DateTime<Utc>,
) -> Option<Duration> {
    let kind = error["type"].as_str().unwrap_or_default();
    let resets = headers.iter().filter_map(|(name, value)| {
        let of = name.as_str().strip_prefix(RESET)?;
        let remaining = text(headers, &format!("{REMAINING}{of}"));
        let what = of
            .trim_start_matches('-')
            .split('-')
            .next()
            .unwrap_or_default();
        let is_named = !what.is_empty()
            && (kind == what
                || message
                    .to_ascii_lowercase()
                    .contains(&format!("{what} per")));
        let is_used_up = remaining.is_none_or(|left| left.parse() == Ok(0.0));
        if !is_named && !is_used_up {
            return None;
        }
        time_until(value.to_str().ok()?.trim(), now)
    });
    resets.max()
}

fn time_until(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let (in_seconds, in_ms) = SINCE_1970;
    if let Ok(number) = value.parse::<f64>() {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a time of day needs no more precision"
        )]
        let now = now.timestamp_millis() as f64 / 1000.0;
        return match number {
            _ if number >= in_ms => seconds((number / 1000.0 - now).max(0.0)),
            _ if number >= in_seconds => seconds((number - now).max(0.0)),
            _ => seconds(number),
        };
    }
    duration(value).or_else(|| {
        let date = DateTime::parse_from_rfc3339(value).ok()?;
        Some((date.to_utc() - now).to_std().unwrap_or_default())
    })
}

/// "1m26.4s", "1,200 ms", "2 minutes and 3 seconds"; what stands behind is passed over.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut sum = None;
    while let Some((amount, after)) =
        leading(rest, |c| c.is_ascii_digit() || matches!(c, '.' | ','))
    {
        let Some((unit, after)) = leading(after.trim_start(), |c| c.is_ascii_alphabetic()) else {
            break;
        };
        let Some(factor) = factor(&unit.to_ascii_lowercase()) else {
            break;
        };
        let amount: f64 = number(amount)?;
        sum = Some(sum.unwrap_or(0.0) + amount * factor);
        rest = after.trim_start_matches([' ', ',']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    seconds(sum?)
}

/// A comma stands between thousands, or, with other digits behind it than three, for the point.
fn number(text: &str) -> Option<f64> {
    let text = text.trim_end_matches(['.', ',']);
    let by_thousands = text.split('.').next()?.split(',').skip(1);
    let are_thousands = by_thousands.into_iter().all(|digits| digits.len() == 3);
    let point = if are_thousands { "" } else { "." };
    text.replace(',', point).parse().ok()
}

fn leading(text: &str, is_part: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn factor(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" | "msec" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}

fn seconds(number: f64) -> Option<Duration> {
    let is_given = number.is_finite() && number >= 0.0;
    is_given.then(|| Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderName;
    use serde_json::json;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let named = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        all.iter().map(named).collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_clock() {
        for (value, expected) in [
            ("2", Some(2_000)),
            ("0.25", Some(250)),
            ("Sun, 01 Mar 2026 12:00:30 GMT", Some(30_000)),
            ("Sun, 01 Mar 2026 11:00:00 GMT", Some(0)),
            ("Sunday, 01-Mar-26 12:00:30 GMT", Some(30_000)),
            ("Sun Mar  1 12:00:30 2026", Some(30_000)),
            ("7.5s", Some(7_500)),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
        ] {
            let headers = headers(&[("retry-after", value)]);
            let wait = asked_for(Some(503), &headers, (&Value::Null, ""), now());
            assert_eq!(wait, expected.map(Duration::from_millis), "{value}");
        }
        let endless = headers(&[("retry-after", &"9".repeat(30))]);
        let wait = asked_for(None, &endless, (&Value::Null, ""), now());
        assert_eq!(wait, Some(Duration::MAX));
    }

    fn asked(all: &[(&'static str, &str)], error: &Value, message: &str) -> Option<u128> {
        let wait = asked_for(Some(429), &headers(all), (error, message), now());
        wait.map(|wait| wait.as_millis())
    }

    #[test]
    fn waits_are_read_from_words_and_details_and_the_longest_is_obeyed() {
        for (message, ms) in [
            ("Please try again in 7.5s. Visit us", Some(7_500)),
            ("Please wait 2 seconds before retrying", Some(2_000)),
            ("wait for about 1m and go on", Some(60_000)),
            ("3 requests wait, 2 run", None),
            ("You wait 1 turn: try again in 3s", Some(3_000)),
            ("Please try again in 1m26.4s.", Some(86_400)),
            ("try again in 20ms", Some(20)),
            ("Please retry after 26 seconds.", Some(26_000)),
            (
                "Please retry your requests after 2 minutes and 3 seconds",
                Some(123_000),
            ),
            ("Please retry in 34.07s.", Some(34_070)),
            ("Rate limited, retry after: 20 s", Some(20_000)),
            ("Please try your request again in 7.5s.", Some(7_500)),
            ("Try again in 1,200 ms, or later", Some(1_200)),
            ("try again in 1,5 s", Some(1_500)),
            ("try again in 1 minute, 2 seconds", Some(62_000)),
            ("try again in a moment", None),
        ] {
            assert_eq!(asked(&[], &Value::Null, message), ms, "{message}");
        }
        for (delay, ms) in [
            (json!("34.07s"), Some(34_070)),
            (json!({"seconds": 3, "nanos": 500_000_000}), Some(3_500)),
            (json!("soon"), None),
        ] {
            let error = json!({"details": [
                {"@type": "type.googleapis.com/google.rpc.Help"},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay},
            ]});
            assert_eq!(asked(&[], &error, ""), ms, "{delay}");
        }
        let header = [("retry-after", "1")];
        let longest = asked(&header, &Value::Null, "try again in 7.5s");
        assert_eq!(longest, Some(7_500));
    }

    #[test]
    fn waits_are_read_from_headers_and_resets_only_where_they_are_the_reason() {
        let tokens = json!({"type": "tokens"});
        let [requests, reset] = [
            "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests",
        ];
        let [left, reset_tokens] = ["x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"];
        let [all_left, reset_all] = ["x-ratelimit-remaining", "x-ratelimit-reset"];
        for (all, error, ms) in [
            (
                &[("retry-after-ms", "7500"), ("retry-after", "8")] as &[_],
                &Value::Null,
                Some(7_500),
            ),
            (
                &[
                    (requests, "0"),
                    (reset, "6m0s"),
                    (left, "10"),
                    (reset_tokens, "9h"),
                ],
                &Value::Null,
                Some(360_000),
            ),
            (
                &[(left, "10"), (reset_tokens, "1.5s")],
                &tokens,
                Some(1_500),
            ),
            (&[(left, "10"), (reset_tokens, "1.5s")], &Value::Null, None),
            (
                &[(all_left, "0"), (reset_all, "1772366430000")],
                &Value::Null,
                Some(30_000),
            ),
            (
                &[(all_left, "0"), (reset_all, "1772366430")],
                &Value::Null,
                Some(30_000),
            ),
            (
                &[(all_left, "0"), (reset_all, "2026-03-01T12:00:30Z")],
                &Value::Null,
                Some(30_000),
            ),
            (
                &[("x-ratelimit-reset-requests-day", "33.5")],
                &Value::Null,
                Some(33_500),
            ),
            (
                &[(reset_tokens, "6m"), ("retry-after", "2")],
                &tokens,
                Some(2_000),
            ),
        ] {
            assert_eq!(asked(all, error, ""), ms, "{all:?} {error}");
        }
        let used_up = headers(&[(requests, "0"), (reset, "9s")]);
        let wait = asked_for(Some(500), &used_up, (&Value::Null, ""), now());
        assert_eq!(wait, None);
    }
}
