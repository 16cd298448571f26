//! The table of results.

use std::fmt;

/// All measurements so far.
#[derive(Default)]
pub struct Report(Vec<Row>);

struct Row {
    what: String,
    figure: f64,
    unit: &'static str,
    bar: Bar,
}

/// What a figure has to be.
#[derive(Clone, Copy)]
pub enum Bar {
    AtMost(f64),
    AtLeast(f64),
    /// Only told.
    None,
}

impl Report {
    /// Adds a figure.
    pub fn add(&mut self, what: impl Into<String>, figure: f64, unit: &'static str, bar: Bar) {
        let row = Row { what: what.into(), figure, unit, bar };
        eprintln!("bench: {row}");
        self.0.push(row);
    }

    /// Whether every bar was reached.
    pub fn all_passed(&self) -> bool {
        self.0.iter().all(Row::passed)
    }
}

impl Row {
    fn passed(&self) -> bool {
        match self.bar {
            Bar::AtMost(bar) => self.figure <= bar,
            Bar::AtLeast(bar) => self.figure >= bar,
            Bar::None => true,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, figure, unit, bar } = self;
        write!(f, "{what:<64} {figure:>9.2} {unit:<6}")?;
        match bar {
            Bar::AtMost(bar) => write!(f, " at most  {bar:>6}")?,
            Bar::AtLeast(bar) => write!(f, " at least {bar:>6}")?,
            Bar::None => return Ok(()),
        }
        write!(f, "  {}", if self.passed() { "ok" } else { "MISSED" })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

/// The value below which `share` (0..=1) of the values lie.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len().saturating_sub(1) as f64 * share).round() as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}
