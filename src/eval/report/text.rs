//! Numbers and foreign text, made fit for pages, tables and XML.

use crate::eval::judgement::Share;

/// Whole numbers with commas: 12,345.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// With its noun: 1 rollout, 2 rollouts.
pub fn counted(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(n))
}

/// Three digits that matter.
pub fn number(x: f64) -> String {
    let size = x.abs();
    if !x.is_finite() {
        return if x.is_nan() {
            "–".into()
        } else {
            "∞".to_string()
        };
    }
    if size != 0.0 && !(0.001..1e6).contains(&size) {
        return format!("{x:.1e}");
    }
    let decimals = match size {
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.9995 => 2,
        _ => 3,
    };
    if x == x.trunc() {
        return format!("{x}");
    }
    format!("{x:.decimals$}")
}

/// A duration: 45 s, 3 min 20 s, 2 h 5 min.
pub fn duration(secs: f64) -> String {
    let whole = secs.max(0.0).round() as u64;
    match whole {
        0..10 => format!("{} s", number(secs.max(0.0))),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", count(whole / 3600), whole % 3600 / 60),
    }
}

/// 0 … 1 as a percentage's number, with a decimal where that many rollouts tell it.
fn hundredths(x: f64, of: u64) -> String {
    let decimals = usize::from(of >= 200);
    format!("{:.decimals$}", 100.0 * x)
}

/// 92 %, or a dash of nothing.
pub fn percent(share: &Share) -> String {
    if share.of == 0 {
        return "–".into();
    }
    let x = share.successes as f64 / share.of as f64;
    format!("{} %", hundredths(x, share.of))
}

/// 74–98 %.
pub fn interval(share: &Share) -> String {
    let [low, high] = [share.low, share.high].map(|x| hundredths(x, share.of));
    format!("{low}–{high} %")
}

/// A metric's name for people, with its unit: `error_mm` is error, mm.
pub fn metric(name: &str) -> String {
    let known = [
        ("secs", "time, s"),
        ("steps", "control steps"),
        ("path_m", "path of the tools, m"),
        ("jerk_rms_m_per_s3", "jerk (RMS), m/s³"),
        ("idle_share", "idle share"),
        ("peak_force_n", "peak force, N"),
        ("impulse_n_s", "impulse, N·s"),
        ("error_mm", "error at the end, mm"),
        ("error_deg", "error at the end, °"),
        ("spilled_ul", "spilled, µL"),
        ("clamped", "numbers clamped"),
    ];
    match known.iter().find(|(key, _)| *key == name) {
        Some((_, words)) => (*words).into(),
        None => name.replace('_', " "),
    }
}

/// The first `limit` characters, and how many there are more.
pub fn clip(text: &str, limit: usize) -> (&str, usize) {
    match text.char_indices().nth(limit) {
        Some((at, _)) => (&text[..at], text[at..].chars().count()),
        None => (text, 0),
    }
}

/// The same as one text that says that it goes on.
pub fn clipped(text: &str, limit: usize) -> String {
    match clip(text, limit) {
        (all, 0) => all.into(),
        (some, _) => format!("{some}…"),
    }
}

/// Whether XML 1.0 has no word for it. Also what turns lines of text around, so that a server's
/// message cannot dress up as something else.
fn is_unfit(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let control = c.is_control() && !matches!(c, '\n' | '\t');
    control || turns || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// For text and quoted attributes of HTML and XML; what neither may hold is replaced by U+FFFD.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_unfit(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A path as a relative URL: all but letters, digits, `-._~/` in percent signs, so that it can
/// name no scheme, host, query or fragment.
pub fn url(path: &str) -> String {
    let mut out = String::new();
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// One line: white space of any kind is a blank, what controls terminals is gone.
pub fn line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|&c| !is_unfit(c)).collect()
}

/// Text in Markdown as itself, on one line, in a table's cell as well.
pub fn markdown(text: &str) -> String {
    let mut out = String::new();
    for c in line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
