//! What a detector's classes are called: by the settings, else by the model file, else as COCO does, else by number.

use iris_domain::Class;
use iris_domain::classes::COCO;

/// Which part of the settings or of the model contradicts the model's outputs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ClassNamesError {
    #[error("the settings name {given} classes, its outputs tell {told} apart")]
    SettingsCount { given: usize, told: usize },
    #[error("the settings' class `{0}` is not a name: 1 to 64 bytes, no comma, no control characters")]
    SettingsName(String),
    #[error(
        "its metadata names {given} classes, but its outputs have room for {told}: it may be a segmentation or pose \
         model"
    )]
    MetadataCount { given: usize, told: usize },
}

/// Names for `count` classes, or for as many as are named where the outputs do not tell.
pub(crate) fn resolve(
    settings: Option<&[String]>,
    metadata: Option<&[String]>,
    count: Option<usize>,
) -> Result<Vec<Class>, ClassNamesError> {
    if let Some(names) = settings {
        if let Some(told) = count.filter(|told| *told != names.len()) {
            return Err(ClassNamesError::SettingsCount { given: names.len(), told });
        }
        let class = |name: &String| Class::new(name).map_err(|_| ClassNamesError::SettingsName(name.clone()));
        return names.iter().map(class).collect();
    }
    if let Some(names) = metadata {
        if let Some(told) = count.filter(|told| *told != names.len()) {
            return Err(ClassNamesError::MetadataCount { given: names.len(), told });
        }
        return Ok(names.iter().enumerate().map(|(number, name)| named_or_numbered(name, number)).collect());
    }
    match count {
        None | Some(COCO_COUNT) => Ok(COCO.iter().enumerate().map(|(n, name)| named_or_numbered(name, n)).collect()),
        Some(count) => Ok((0..count).map(numbered).collect()),
    }
}

/// The name of a class that nobody named.
pub(crate) fn numbered(number: usize) -> Class {
    Class::new(&format!("class_{number}")).expect("a short name without comma")
}

/// A model file's names are not ours to correct: one that is no class name here becomes its number.
fn named_or_numbered(name: &str, number: usize) -> Class {
    Class::new(name).unwrap_or_else(|_| numbered(number))
}

/// Reads the `names` that Ultralytics writes into a model: a Python dict such as `{0: 'person', 1: "bird's nest"}`, or
/// a list of strings. Lenient: whatever stands between the quoted strings is ignored but for the keys. `None` when
/// there is no name in it.
pub(crate) fn parse_names(text: &str) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = rest[start..].chars().next()?;
        let (name, after) = quoted(&rest[start + 1..], quote)?;
        let number = key(&rest[..start]).unwrap_or(names.len());
        if number >= NAMES_MAX {
            return None;
        }
        if names.len() <= number {
            names.resize(number + 1, String::new());
        }
        names[number] = name;
        rest = after;
    }
    (!names.is_empty()).then_some(names)
}

/// Outputs for this many classes are COCO's where nothing names them.
const COCO_COUNT: usize = COCO.len();

/// Bounds the memory that a number in a model file can ask for.
const NAMES_MAX: usize = 4096;

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => name.push(chars.next()?.1),
            c if c == quote => return Some((name, &text[at + c.len_utf8()..])),
            c => name.push(c),
        }
    }
    None
}

/// The number before the colon in `, 12: `.
fn key(between: &str) -> Option<usize> {
    let digits = between.trim_end().strip_suffix(':')?.trim_end();
    let start = digits.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    digits.get(start..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn text(classes: &[Class]) -> Vec<&str> {
        classes.iter().map(Class::as_str).collect()
    }

    #[test]
    fn python_dicts_and_lists_are_read() {
        assert_eq!(parse_names("{0: 'person', 1: 'car'}"), Some(names(&["person", "car"])));
        assert_eq!(parse_names(r#"{1: "bird's nest", 0: 'it\'s'}"#), Some(names(&["it's", "bird's nest"])));
        assert_eq!(parse_names(r#"["a", "b"]"#), Some(names(&["a", "b"])));
        assert_eq!(parse_names(r#"{"0": "a"}"#), Some(names(&["0", "a"])));
    }

    #[test]
    fn hostile_names_are_no_names() {
        for text in ["", "{}", "{0: 'unclosed", "{99999999999: 'far'}", "{5000: 'far'}", "{0: 'x\\"] {
            assert_eq!(parse_names(text), None, "{text}");
        }
    }

    #[test]
    fn settings_come_before_metadata_before_coco_before_numbers() {
        let (settings, metadata) = (names(&["A", "b"]), names(&["c", "with, comma"]));
        assert_eq!(text(&resolve(Some(&settings), Some(&metadata), Some(2)).unwrap()), ["a", "b"]);
        assert_eq!(text(&resolve(None, Some(&metadata), Some(2)).unwrap()), ["c", "class_1"]);
        assert_eq!(resolve(None, None, Some(80)).unwrap()[79].as_str(), "toothbrush");
        assert_eq!(resolve(None, None, None).unwrap().len(), 80);
        assert_eq!(text(&resolve(None, None, Some(2)).unwrap()), ["class_0", "class_1"]);
    }

    #[test]
    fn counts_must_agree() {
        let three = names(&["a", "b", "c"]);
        assert!(matches!(
            resolve(Some(&three), None, Some(2)),
            Err(ClassNamesError::SettingsCount { given: 3, told: 2 })
        ));
        assert!(matches!(resolve(None, Some(&three), Some(35)), Err(ClassNamesError::MetadataCount { .. })));
        assert!(matches!(resolve(Some(&names(&[""])), None, None), Err(ClassNamesError::SettingsName(_))));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[ -~\\n{}:'\"]{0,80}") {
            let _ = parse_names(&text);
        }

        #[test]
        fn what_python_writes_is_read_back(names in prop::collection::vec("[a-z ]{1,12}", 1..20)) {
            let dict: Vec<_> = names.iter().enumerate().map(|(number, name)| format!("{number}: '{name}'")).collect();
            prop_assert_eq!(parse_names(&format!("{{{}}}", dict.join(", "))), Some(names));
        }
    }
}
