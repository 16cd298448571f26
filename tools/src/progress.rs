//! What a person sees while something takes long: a line on standard error that renews itself, and nothing where that is no terminal.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A step without a known end.
pub fn counting(what: impl Into<Cow<'static, str>>) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{spinner} {msg}: {human_pos}").unwrap_or_else(|_| ProgressStyle::default_bar());
    started(ProgressBar::no_length(), style, what)
}

/// A step of so many bytes.
pub fn bytes(what: impl Into<Cow<'static, str>>, total: u64) -> ProgressBar {
    let template = "{spinner} {msg}: {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    started(ProgressBar::new(total), style, what)
}

fn started(bar: ProgressBar, style: ProgressStyle, what: impl Into<Cow<'static, str>>) -> ProgressBar {
    bar.set_style(style);
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
