//! Reads, of the graph in an ONNX file, what says how a network wants to be fed: whether it quantises by what it sees,
//! whether it normalises its pictures itself, and in which files beside it its weights lie. Walks the protobuf and skips
//! what it does not need, weights above all, so that a file of any size costs a few pages of memory.
//!
//! Numbers of fields: onnx/onnx.proto3 of the ONNX project.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Component, Path};

/// Longest text that is looked at: names of tensors are made of paths of modules and stay far below.
const TEXT_BYTES_MAX: u64 = 4096;
/// Most files that weights may lie in; exporters write one, some one for each tensor.
const WEIGHT_FILES_MAX: usize = 4096;

/// See the file's comment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Graph {
    /// Whether the scale of a layer depends on all that the run is given, so that a picture's answer depends on the
    /// pictures beside it.
    pub(crate) quantises_by_input: bool,
    /// Whether the first that happens to the picture is that a mean is taken off and the rest scaled: it wants bytes.
    pub(crate) normalises: bool,
    /// Whether it has attention, as transformers have.
    pub(crate) attends: bool,
    /// Files with its weights, relative to its folder, in the order of their names.
    pub(crate) weight_files: BTreeSet<String>,
}

impl Graph {
    /// Reads the file. One that is no ONNX file is for the runtime to refuse, which says more: what could be read until
    /// there is the answer.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let mut reader = Reader { file: BufReader::new(File::open(path)?), at: 0 };
        let mut walk = Walk::default();
        match walk.model(&mut reader) {
            Err(error) if !is_malformed(&error) => Err(error),
            Ok(()) | Err(_) => Ok(walk.graph),
        }
    }
}

fn is_malformed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

/// What was met on the way.
#[derive(Default)]
struct Walk {
    graph: Graph,
    /// Tensors that are the picture, maybe in another kind of number.
    pictures: HashSet<String>,
    /// Tensors that are the picture less something.
    centred: HashSet<String>,
}

/// A node of the graph.
#[derive(Default)]
struct Node {
    inputs: Vec<String>,
    outputs: Vec<String>,
    name: String,
    operator: String,
}

impl Walk {
    fn model(&mut self, reader: &mut Reader) -> io::Result<()> {
        const GRAPH: u64 = 7;
        reader.fields(u64::MAX, |reader, field, length| match field {
            GRAPH => self.graph(reader, length),
            _ => reader.skip(length),
        })
    }

    fn graph(&mut self, reader: &mut Reader, length: u64) -> io::Result<()> {
        const NODE: u64 = 1;
        const INITIALIZER: u64 = 5;
        const INPUT: u64 = 11;
        // Nodes come before inputs in the file, so that what they say of inputs is only settled at the end.
        let (mut nodes, mut inputs, mut weights) = (Vec::new(), Vec::new(), HashSet::new());
        reader.fields(length, |reader, field, length| {
            match field {
                NODE => nodes.extend(self.note(reader.node(length)?)),
                INITIALIZER => {
                    let (name, file) = reader.weight(length)?;
                    weights.insert(name);
                    self.note_weight_file(file)?;
                }
                INPUT => inputs.push(reader.value_name(length)?),
                _ => reader.skip(length)?,
            }
            Ok(())
        })?;
        // Old exports list weights among the inputs.
        self.pictures.extend(inputs.into_iter().filter(|name| !weights.contains(name)));
        nodes.into_iter().for_each(|node| self.follow(node));
        Ok(())
    }

    /// Notes what an operator's kind alone says; hands back a node that may be one of those before the first layer.
    fn note(&mut self, node: Node) -> Option<Node> {
        self.graph.quantises_by_input |= node.operator.starts_with("DynamicQuantize");
        self.graph.attends |= matches!(node.operator.as_str(), "Softmax" | "Attention" | "MultiHeadAttention");
        matches!(node.operator.as_str(), "Cast" | "Identity" | "Sub" | "Mul" | "Div" | "BatchNormalization")
            .then_some(node)
    }

    /// Nodes are listed in the order in which they can be run.
    fn follow(&mut self, node: Node) {
        let takes = |of: &HashSet<String>| node.inputs.iter().any(|input| of.contains(input));
        let (picture, centred) = (takes(&self.pictures), takes(&self.centred));
        match node.operator.as_str() {
            "Cast" | "Identity" if picture => self.pictures.extend(node.outputs),
            "Sub" if picture => self.centred.extend(node.outputs),
            "Mul" | "Div" if centred => self.graph.normalises = true,
            // MXNet's ArcFace normalises by a layer of this name.
            "BatchNormalization" if picture && node.name == "bn_data" => self.graph.normalises = true,
            _ => {}
        }
    }

    fn note_weight_file(&mut self, file: Option<String>) -> io::Result<()> {
        let Some(file) = file else { return Ok(()) };
        let within = Path::new(&file).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !within || self.graph.weight_files.len() >= WEIGHT_FILES_MAX {
            return Err(io::Error::other(format!("its weights lie in `{file}`, which is not a file beside it")));
        }
        self.graph.weight_files.insert(file);
        Ok(())
    }
}

/// A protobuf file and how far it was read.
struct Reader {
    file: BufReader<File>,
    at: u64,
}

impl Reader {
    /// Calls `read` for each field of a message that has its own length, which `read` must use up; other kinds of field
    /// are skipped. A message of unlimited length ends with the file.
    fn fields(&mut self, length: u64, mut read: impl FnMut(&mut Self, u64, u64) -> io::Result<()>) -> io::Result<()> {
        let end = self.at.saturating_add(length);
        while self.at < end && !(length == u64::MAX && self.file.fill_buf()?.is_empty()) {
            let key = self.number()?;
            match key & 7 {
                0 => drop(self.number()?),
                1 => self.skip(8)?,
                2 => {
                    let length = self.number()?;
                    if length > end - self.at {
                        return Err(malformed());
                    }
                    read(self, key >> 3, length)?;
                }
                5 => self.skip(4)?,
                _ => return Err(malformed()),
            }
        }
        Ok(())
    }

    fn node(&mut self, length: u64) -> io::Result<Node> {
        let mut node = Node::default();
        self.fields(length, |reader, field, length| {
            match field {
                1 => node.inputs.push(reader.text(length)?),
                2 => node.outputs.push(reader.text(length)?),
                3 => node.name = reader.text(length)?,
                4 => node.operator = reader.text(length)?,
                _ => reader.skip(length)?,
            }
            Ok(())
        })?;
        Ok(node)
    }

    /// A weight's name, and the file that it lies in where that is another.
    fn weight(&mut self, length: u64) -> io::Result<(String, Option<String>)> {
        let (mut name, mut file) = (String::new(), None);
        self.fields(length, |reader, field, length| {
            match field {
                8 => name = reader.text(length)?,
                13 => {
                    let (key, value) = reader.entry(length)?;
                    file = (key == "location").then_some(value).or(file.take());
                }
                _ => reader.skip(length)?,
            }
            Ok(())
        })?;
        Ok((name, file))
    }

    fn value_name(&mut self, length: u64) -> io::Result<String> {
        let mut name = String::new();
        self.fields(length, |reader, field, length| {
            match field {
                1 => name = reader.text(length)?,
                _ => reader.skip(length)?,
            }
            Ok(())
        })?;
        Ok(name)
    }

    fn entry(&mut self, length: u64) -> io::Result<(String, String)> {
        let (mut key, mut value) = (String::new(), String::new());
        self.fields(length, |reader, field, length| {
            match field {
                1 => key = reader.text(length)?,
                2 => value = reader.text(length)?,
                _ => reader.skip(length)?,
            }
            Ok(())
        })?;
        Ok((key, value))
    }

    /// A number of seven bits a byte, lowest first.
    fn number(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.file.read_exact(&mut byte)?;
            self.at += 1;
            number |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(number);
            }
        }
        Err(malformed())
    }

    fn text(&mut self, length: u64) -> io::Result<String> {
        if length > TEXT_BYTES_MAX {
            return Err(malformed());
        }
        let mut bytes = vec![0; length as usize];
        self.file.read_exact(&mut bytes)?;
        self.at += length;
        String::from_utf8(bytes).map_err(|_| malformed())
    }

    fn skip(&mut self, length: u64) -> io::Result<()> {
        self.file.seek_relative(i64::try_from(length).map_err(|_| malformed())?)?;
        self.at = self.at.checked_add(length).ok_or_else(malformed)?;
        Ok(())
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not an ONNX file")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// A field with a length of its own.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2];
        let mut length = content.len();
        while length >= 0x80 {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend(content);
        bytes
    }

    fn node(operator: &str, input: &str, output: &str) -> Vec<u8> {
        field(1, &[field(1, input.as_bytes()), field(2, output.as_bytes()), field(4, operator.as_bytes())].concat())
    }

    fn weight(name: &str, location: &str) -> Vec<u8> {
        let entry = [field(1, b"location"), field(2, location.as_bytes())].concat();
        field(5, &[field(8, name.as_bytes()), field(9, &[0; 300]), field(13, &entry)].concat())
    }

    fn model(parts: &[Vec<u8>]) -> Vec<u8> {
        // The version of the format, a number, comes first; the weights' values are skipped.
        [vec![0x08, 0x08], field(7, &[parts.concat(), field(11, &field(1, b"image"))].concat())].concat()
    }

    fn read(bytes: &[u8]) -> io::Result<Graph> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Graph::read(file.path())
    }

    #[rstest]
    #[case::a_layer_first(&[node("Conv", "image", "a"), node("Sub", "a", "b"), node("Mul", "b", "c")], false)]
    #[case::mxnet(&[node("Sub", "image", "a"), node("Mul", "a", "b"), node("Conv", "b", "c")], true)]
    #[case::fast_reid(&[node("Cast", "image", "a"), node("Sub", "a", "b"), node("Div", "b", "c")], true)]
    #[case::centred_only(&[node("Sub", "image", "a"), node("Conv", "a", "b"), node("Mul", "b", "c")], false)]
    fn a_graph_normalises_when_that_is_the_first_it_does(#[case] nodes: &[Vec<u8>], #[case] normalises: bool) {
        assert_eq!(read(&model(nodes)).unwrap(), Graph { normalises, ..Graph::default() });
    }

    #[test]
    fn operators_tell_quantisation_and_attention() {
        let quantised = read(&model(&[node("DynamicQuantizeLinear", "image", "a")])).unwrap();
        assert!(quantised.quantises_by_input && !quantised.attends);
        assert!(read(&model(&[node("Softmax", "image", "a")])).unwrap().attends);
    }

    #[test]
    fn weights_may_lie_beside_the_file_and_nowhere_else() {
        let graph = read(&model(&[weight("b", "w.data"), weight("a", "w.data")])).unwrap();
        assert_eq!(graph.weight_files, BTreeSet::from(["w.data".to_owned()]));
        for elsewhere in ["/dev/zero", "../w.data"] {
            assert!(read(&model(&[weight("a", elsewhere)])).unwrap_err().to_string().contains(elsewhere));
        }
    }

    #[test]
    fn lengths_beyond_the_file_are_survived() {
        for bytes in [&[][..], &[0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], &[0x3a, 5, 0x0a, 9, 0]] {
            assert_eq!(read(bytes).unwrap(), Graph::default());
        }
        assert!(Graph::read(Path::new("/nowhere/model.onnx")).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
