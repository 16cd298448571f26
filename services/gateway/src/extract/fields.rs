//! The fields of a JSON object, read one by one without coercion. An absent field and `null` read alike, as `None`.
//! A field that is wrong is noted and reads as `None` too; the request is refused in the end, so that is never acted on.

use serde_json::{Map, Value};

use super::Input;
use super::path::NOT_AN_ID;
use crate::error::{FieldFault, Step};

/// The fields of a body.
#[derive(Debug)]
pub struct Fields<'a, 'input> {
    values: &'a Map<String, Value>,
    input: &'input mut Input,
}

impl<'a, 'input> Fields<'a, 'input> {
    pub(super) fn new(values: &'a Map<String, Value>, input: &'input mut Input) -> Self {
        Self { values, input }
    }

    /// Notes a fault of a field.
    pub fn fault(&mut self, field: &str, kind: &'static str, msg: impl Into<String>) {
        self.input.fault(FieldFault::field("body", field, kind, msg));
    }

    /// Notes a fault that the domain found.
    pub fn domain_fault(&mut self, fault: iris_domain::Fault) {
        self.input.fault(FieldFault::of_body(fault));
    }

    /// Notes that a field must be there.
    pub fn missing(&mut self, field: &str) {
        self.fault(field, "missing", "is required");
    }

    /// Whether a field is there and not `null`.
    pub fn has(&self, field: &str) -> bool {
        self.values.get(field).is_some_and(|value| !value.is_null())
    }

    /// A text as it was sent, without NUL.
    pub fn text(&mut self, field: &str) -> Option<&'a str> {
        let text = self.read(field, "string_type", "must be a text", Value::as_str)?;
        if text.contains('\0') {
            self.fault(field, "string_nul", "must not hold the NUL character");
            return None;
        }
        Some(text)
    }

    /// A name: trimmed, 1 to `length_max` characters.
    pub fn name(&mut self, field: &str, length_max: usize) -> Option<String> {
        let name = self.text(field)?.trim();
        if name.is_empty() || name.chars().count() > length_max {
            self.fault(field, "string_length", format!("must have between 1 and {length_max} characters"));
            return None;
        }
        Some(name.to_owned())
    }

    /// A text that may be empty, which clears what it names: trimmed, up to `length_max` characters.
    pub fn clearable(&mut self, field: &str, length_max: usize) -> Option<String> {
        let text = self.text(field)?.trim();
        if text.chars().count() > length_max {
            self.fault(field, "string_length", format!("must have at most {length_max} characters"));
            return None;
        }
        Some(text.to_owned())
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, field: &str) -> Option<bool> {
        self.read(field, "bool_type", "must be true or false", Value::as_bool)
    }

    /// A number.
    pub fn number(&mut self, field: &str) -> Option<f64> {
        self.read(field, "number_type", "must be a number", Value::as_f64)
    }

    /// A number without a fraction; `5.0` is one.
    pub fn integer(&mut self, field: &str) -> Option<i64> {
        self.read(field, "int_type", "must be a whole number", integer)
    }

    /// One of these words.
    pub fn word<T: Copy>(&mut self, field: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(field)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.fault(field, "unknown_word", format!("must be one of: {}", known.join(", ")));
        }
        found
    }

    /// An id.
    pub fn id<T: TryFrom<i64>>(&mut self, field: &str) -> Option<T> {
        self.read(field, "invalid_id", NOT_AN_ID, |value| T::try_from(integer(value)?).ok())
    }

    /// A list of 1 to `count_max` ids, required; every wrong one is noted.
    pub fn ids<T: TryFrom<i64>>(&mut self, field: &str, count_max: usize) -> Option<Vec<T>> {
        if !self.has(field) {
            self.missing(field);
            return None;
        }
        if self.values[field].as_array().is_some_and(Vec::is_empty) {
            self.fault(field, "list_length", format!("must name between 1 and {count_max} ids"));
            return None;
        }
        self.ids_if_any(field, count_max)
    }

    /// A list of up to `count_max` ids; every wrong one is noted. An empty list is as none.
    pub fn ids_if_any<T: TryFrom<i64>>(&mut self, field: &str, count_max: usize) -> Option<Vec<T>> {
        let values = self.read(field, "list_type", "must be a list of ids", Value::as_array)?;
        if values.len() > count_max {
            self.fault(field, "list_length", format!("must name between 1 and {count_max} ids"));
        }
        if values.is_empty() || values.len() > count_max {
            return None;
        }
        let ids: Vec<T> =
            values.iter().enumerate().filter_map(|(at, value)| self.listed_id(field, at, value)).collect();
        (ids.len() == values.len()).then_some(ids)
    }

    fn listed_id<T: TryFrom<i64>>(&mut self, field: &str, at: usize, value: &Value) -> Option<T> {
        let id = integer(value).and_then(|id| T::try_from(id).ok());
        if id.is_none() {
            let mut fault = FieldFault::field("body", field, "invalid_id", NOT_AN_ID);
            fault.loc.push(Step::Index(at));
            self.input.fault(fault);
        }
        id
    }

    fn read<T>(
        &mut self,
        field: &str,
        kind: &'static str,
        msg: &str,
        convert: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.values.get(field).filter(|value| !value.is_null())?;
        let read = convert(value);
        if read.is_none() {
            self.fault(field, kind, msg);
        }
        read
    }
}

/// A whole number, also when it is written with a fraction of zero. Beyond 2^53 a fraction cannot be told from rounding, so
/// there only plain integers count.
fn integer(value: &Value) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT_MAX)?;
        Some(number as i64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Reads `field` of a body `{"field": value}` and says what was read and the kinds of the faults.
    fn read<T>(value: Value, read: impl FnOnce(&mut Fields<'_, '_>) -> Option<T>) -> (Option<T>, Vec<&'static str>) {
        let values = Map::from_iter([("field".to_owned(), value)]);
        let mut input = Input::new();
        let value = read(&mut Fields::new(&values, &mut input));
        (value, input.faults.iter().map(|fault| fault.kind).collect())
    }

    #[test]
    fn nothing_is_coerced() {
        for value in [json!("5"), json!(true), json!([5]), json!({}), json!(5.5), json!("")] {
            assert_eq!(read(value.clone(), |f| f.integer("field")), (None, vec!["int_type"]), "{value}");
        }
        for value in [json!(0), json!(1), json!("true"), json!("")] {
            assert_eq!(read(value.clone(), |f| f.boolean("field")), (None, vec!["bool_type"]), "{value}");
        }
        for value in [json!(5), json!(true), json!(["a"])] {
            assert_eq!(read(value.clone(), |f| f.name("field", 9)), (None, vec!["string_type"]), "{value}");
        }
        assert_eq!(read(json!("0.5"), |f| f.number("field")), (None, vec!["number_type"]));
    }

    #[test]
    fn whole_numbers_may_have_a_fraction_of_zero() {
        for (value, number) in
            [(json!(5), 5), (json!(5.0), 5), (json!(-0.0), 0), (json!(1e3), 1000), (json!(i64::MAX), i64::MAX)]
        {
            assert_eq!(read(value, |f| f.integer("field")), (Some(number), vec![]));
        }
        for value in [json!(u64::MAX), json!(1e300), json!(9.3e18)] {
            assert_eq!(read(value, |f| f.integer("field")).1, ["int_type"]);
        }
    }

    #[test]
    fn null_is_as_absent() {
        assert_eq!(read(Value::Null, |f| f.integer("field")), (None, vec![]));
        assert_eq!(read(Value::Null, |f| f.text("absent").map(str::to_owned)), (None, vec![]));
    }

    #[test]
    fn names_are_trimmed_and_counted_in_characters() {
        for (text, name) in [("\u{a0} Tür\u{2003}\n", Some("Tür")), ("ééé", Some("ééé"))] {
            assert_eq!(read(json!(text), |f| f.name("field", 3)).0.as_deref(), name, "{text}");
        }
        for (text, fault) in
            [("", "string_length"), (" \t", "string_length"), ("éééé", "string_length"), ("a\0", "string_nul")]
        {
            assert_eq!(read(json!(text), |f| f.name("field", 3)), (None, vec![fault]), "{text}");
        }
    }

    #[test]
    fn an_empty_text_clears_where_it_may() {
        for (text, read_as) in [("", Some("")), (" \u{2003}", Some("")), (" é é ", Some("é é"))] {
            assert_eq!(read(json!(text), |f| f.clearable("field", 3)).0.as_deref(), read_as, "{text:?}");
        }
        assert_eq!(read(json!("éééé"), |f| f.clearable("field", 3)), (None, vec!["string_length"]));
        assert_eq!(read(json!(5), |f| f.clearable("field", 3)), (None, vec!["string_type"]));
    }

    #[test]
    fn an_empty_list_is_as_none_where_ids_are_optional() {
        let ids = |value| read(value, |f| f.ids_if_any::<iris_domain::EventId>("field", 3).map(|ids| ids.len()));
        assert_eq!(ids(json!([])), (None, vec![]));
        assert_eq!(ids(Value::Null), (None, vec![]));
        assert_eq!(ids(json!([1, 2])), (Some(2), vec![]));
        assert_eq!(ids(json!([1, 2, 3, 4])), (None, vec!["list_length"]));
        assert_eq!(ids(json!([0])), (None, vec!["invalid_id"]));
    }

    #[test]
    fn every_wrong_id_of_a_list_is_named() {
        let ids = |value| read(value, |f| f.ids::<iris_domain::EventId>("field", 3).map(|ids| ids.len()));
        assert_eq!(ids(json!([1, 2.0, 3])), (Some(3), vec![]));
        assert_eq!(ids(json!([1, 0, "2"])), (None, vec!["invalid_id"; 2]));
        assert_eq!(ids(json!([])), (None, vec!["list_length"]));
        assert_eq!(ids(json!([1, 2, 3, 4])), (None, vec!["list_length"]));
        assert_eq!(ids(json!("1")), (None, vec!["list_type"]));
        assert_eq!(ids(Value::Null), (None, vec!["missing"]));
    }
}
