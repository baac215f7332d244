//! Documents: what a file says, read once, whatever its format.
//!
//! Structured formats become [`Node`]s, code becomes [`Source`], shell becomes [`Command`]s; assignments and requests of
//! all of them are gathered in one list each. A file that its parser does not take (a template, a broken file) is read
//! line by line, and says so.

mod docker;
mod hcl;
mod json;
mod kind;
pub mod lex;
mod lines;
mod node;
pub mod request;
mod sent;
pub mod shell;
pub mod source;
mod toml;
mod yaml;

pub use docker::Instruction;
pub use kind::{Kind, kind_of};
pub use node::{Entry, Node, Value, is_literal, mentions};
pub use request::{Piece, Request};
pub use shell::Command;
pub use source::Source;

use std::ops::Range;

/// A file, read.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its path, as reports show it.
    pub path: String,
    /// What it is, by its path.
    pub kind: Kind,
    /// Keys and values; several in YAML with several documents.
    pub roots: Vec<Node>,
    /// Of a Dockerfile.
    pub instructions: Vec<Instruction>,
    /// Of source code.
    pub source: Option<Source>,
    /// Of shell, wherever it stands: scripts, recipes, `RUN`, `run:`.
    pub commands: Vec<Command>,
    /// Requests of source code and shell.
    pub requests: Vec<Request>,
    /// Names that are given values.
    pub pairs: Vec<Pair>,
    /// Whether its parser gave up, so that it was read line by line.
    pub by_line: bool,
}

/// A name that is given a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value as it is written.
    pub value: String,
    /// The value's bytes.
    pub span: Range<usize>,
    /// Whether the value is a literal.
    pub known: bool,
    /// Where it stands.
    pub place: Place,
}

/// Where a pair stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A line of a dotenv file.
    Dotenv,
    /// An assignment in shell.
    Shell,
    /// `ENV` of a Dockerfile.
    DockerEnv,
    /// `ARG` of a Dockerfile.
    DockerArg,
    /// An `environment:` or `env:` of a container, a service or a job.
    Environment,
    /// A key of a configuration file.
    Config,
    /// An assignment in source code.
    Source,
}

impl Document {
    /// Reads a text. `None` where nothing is known about files of that name.
    pub fn read(path: &str, text: &str) -> Option<Self> {
        let kind = kind_of(path, text)?;
        let mut document = Self {
            path: path.to_owned(),
            kind,
            roots: Vec::new(),
            instructions: Vec::new(),
            source: None,
            commands: Vec::new(),
            requests: Vec::new(),
            pairs: Vec::new(),
            by_line: false,
        };
        document.fill(text);
        Some(document)
    }

    fn fill(&mut self, text: &str) {
        let one = |node: Option<Node>| node.map(|node| vec![node]);
        let parsed = match self.kind {
            Kind::Yaml => {
                let (roots, whole) = yaml::parse(text);
                self.by_line = !whole;
                Some(roots)
            }
            Kind::Json => one(json::parse(text)),
            Kind::Toml => one(toml::parse(text)),
            Kind::Hcl => one(hcl::parse(text)),
            Kind::HclJson => one(json::parse(text).map(hcl::from_json)),
            Kind::Ini => Some(vec![lines::parse(text, true)]),
            Kind::Dotenv => Some(vec![lines::parse(text, false)]),
            Kind::Docker => {
                self.instructions = docker::parse(text);
                Some(Vec::new())
            }
            Kind::Shell => {
                self.commands = shell::commands(text, 0..text.len());
                Some(Vec::new())
            }
            Kind::Source(lang) => {
                self.source = Some(source::parse(text, lang));
                Some(Vec::new())
            }
            Kind::Lines => Some(Vec::new()),
        };
        self.by_line |= parsed.is_none();
        self.roots = parsed.unwrap_or_default();
        if self.by_line {
            // Beside what was understood before the mistake: a line that both saw counts once.
            self.roots.push(lines::parse(text, false));
        }
        self.gather(text);
    }

    fn gather(&mut self, text: &str) {
        for instruction in &self.instructions {
            match instruction.name.as_str() {
                "RUN" => self.commands.extend(shell::commands(text, instruction.arguments.clone())),
                "ENV" | "ARG" => pairs_of_instruction(instruction, text, &mut self.pairs),
                _ => {}
            }
        }
        let mut scripts = Vec::new();
        for root in &self.roots {
            let place = if self.kind == Kind::Dotenv { Place::Dotenv } else { Place::Config };
            pairs_of_node(root, "", place, &mut self.pairs);
            if self.kind == Kind::Yaml && !self.by_line {
                scripts_of(root, &mut scripts);
            }
        }
        // A block scalar begins in the line after its mark; its text is taken as it stands in the file.
        for script in scripts {
            self.commands.extend(shell::commands(text, script));
        }
        for command in &self.commands {
            pairs_of_command(command, &mut self.pairs);
            self.requests.extend(request::of_command(command));
        }
        if let Some(source) = &self.source {
            let literal = |(name, piece): &(String, Piece)| Pair {
                name: name.clone(),
                value: piece.text.clone(),
                span: piece.span.clone(),
                known: !piece.text.contains("${"),
                place: Place::Source,
            };
            self.pairs.extend(source.assigned.iter().map(literal));
            self.requests.extend(source.requests.iter().cloned());
        }
        let mut seen = std::collections::HashSet::new();
        self.pairs.retain(|pair| seen.insert((pair.span.start, pair.name.clone())));
    }

    /// Blocks `resource "kind" "name"` of Terraform.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        self.blocks("resource")
    }

    /// Blocks of that name with two labels.
    pub fn blocks<'d>(&'d self, key: &'d str) -> impl Iterator<Item = Resource<'d>> {
        self.roots.iter().flat_map(Node::entries).filter(move |entry| entry.key == key).filter_map(|entry| {
            let [kind, name] = entry.labels.as_slice() else { return None };
            Some(Resource { kind, name, body: &entry.value, span: entry.key_span.clone() })
        })
    }

    /// Objects of Kubernetes: every document with `apiVersion` and `kind`, the items of lists among them.
    pub fn objects(&self) -> impl Iterator<Item = Object<'_>> {
        let whole = self.roots.iter().filter(|_| matches!(self.kind, Kind::Yaml | Kind::Json));
        whole.flat_map(|root| {
            let items: Vec<&Node> = match root.literal_at("kind") {
                Some("List") => root.all("items").collect(),
                _ => vec![root],
            };
            items.into_iter().filter_map(|root| {
                let kind = root.entry("kind")?;
                root.get("apiVersion")?.text()?;
                Some(Object { kind: kind.value.text()?, root, span: kind.value.span.clone() })
            })
        })
    }

    /// Resources of a CloudFormation or SAM template: logical id, type, properties.
    pub fn stack(&self) -> impl Iterator<Item = Resource<'_>> {
        let roots = self.roots.iter().filter(|_| matches!(self.kind, Kind::Yaml | Kind::Json));
        let resources = roots.filter_map(|root| root.get("Resources")).flat_map(Node::entries);
        resources.filter_map(|entry| {
            let kind = entry.value.literal_at("Type").filter(|kind| kind.contains("::"))?;
            Some(Resource {
                kind,
                name: &entry.key,
                body: entry.value.get("Properties").unwrap_or(&entry.value),
                span: entry.key_span.clone(),
            })
        })
    }
}

/// A resource of Terraform or CloudFormation.
#[derive(Debug, Clone)]
pub struct Resource<'d> {
    /// `aws_kms_key`, `AWS::KMS::Key`.
    pub kind: &'d str,
    /// Its name in the file.
    pub name: &'d str,
    /// Its settings.
    pub body: &'d Node,
    /// Where it is named.
    pub span: Range<usize>,
}

/// An object of Kubernetes.
#[derive(Debug, Clone)]
pub struct Object<'d> {
    /// `Secret`.
    pub kind: &'d str,
    /// All of it.
    pub root: &'d Node,
    /// Where its kind is named.
    pub span: Range<usize>,
}

impl Object<'_> {
    /// `metadata.name`, or nothing where it is made up.
    pub fn name(&self) -> &str {
        self.root.get("metadata.name").and_then(Node::text).unwrap_or("?")
    }
}

fn pairs_of_node(node: &Node, name: &str, place: Place, out: &mut Vec<Pair>) {
    match &node.value {
        Value::Map(entries) => {
            // `env: [{name: X, value: y}]`
            if let (Some(name), Some(value)) = (node.literal_at("name"), node.entry("value")) {
                push(name, &value.value, Place::Environment, out);
            }
            for entry in entries {
                let is_environment = matches!(
                    entry.key.as_str(),
                    "env" | "environment" | "variables" | "build_args" | "environment_variables" | "Variables"
                );
                let below = if is_environment { Place::Environment } else { place };
                let key = match (entry.key.as_str(), entry.labels.as_slice()) {
                    ("variable", [label]) => label,
                    (key, _) => key,
                };
                pairs_of_node(&entry.value, key, below, out);
            }
        }
        Value::List(items) => {
            for item in items {
                // `environment: [NAME=value]`
                if let Some((key, value)) =
                    item.text().and_then(|text| text.split_once('=')).filter(|(key, _)| shell::is_name(key))
                {
                    let quote = item.span.len().saturating_sub(key.len() + 1 + value.len()) / 2;
                    let start = item.span.start + quote + key.len() + 1;
                    push(key, &Node::text_at(value, start..start + value.len()), place, out);
                } else {
                    pairs_of_node(item, name, place, out);
                }
            }
        }
        _ if !name.is_empty() => push(name, node, place, out),
        _ => {}
    }
}

fn push(name: &str, node: &Node, place: Place, out: &mut Vec<Pair>) {
    let text = match &node.value {
        Value::Null => "",
        _ => match node.text() {
            Some(text) => text,
            None => return,
        },
    };
    let known = node.is_null() || node.literal().is_some();
    out.push(Pair { name: name.to_owned(), value: text.to_owned(), span: node.span.clone(), known, place });
}

/// `ENV A=1 B="2"`, `ENV A 1`, `ARG A=1`.
fn pairs_of_instruction(instruction: &Instruction, text: &str, out: &mut Vec<Pair>) {
    let place = if instruction.name == "ENV" { Place::DockerEnv } else { Place::DockerArg };
    let commands = shell::commands(text, instruction.arguments.clone());
    let words: Vec<_> = commands.iter().flat_map(|command| &command.words).collect();
    let mut push = |name: &str, value: &str, span: Range<usize>| {
        out.push(Pair {
            name: name.to_owned(),
            value: value.to_owned(),
            span,
            known: is_literal(value) && !value.contains('$'),
            place,
        });
    };
    match words.as_slice() {
        [name, value, ..] if !name.text.contains('=') && place == Place::DockerEnv => {
            push(&name.text, &value.text, value.span.clone())
        }
        words => {
            for word in words {
                match word.text.split_once('=') {
                    Some((name, value)) => push(name, value, word.span.start + name.len() + 1..word.span.end),
                    None if place == Place::DockerArg => push(&word.text, "", word.span.clone()),
                    None => {}
                }
            }
        }
    }
}

fn pairs_of_command(command: &Command, out: &mut Vec<Pair>) {
    for word in command.words.iter().filter(|word| shell::is_assignment(&word.text)) {
        let Some((name, value)) = word.text.split_once('=') else { continue };
        // Options such as `--set a=b` are none, but everything before the program's name and after export is.
        let start = word.span.start + name.len() + 1;
        out.push(Pair {
            name: name.to_owned(),
            value: value.to_owned(),
            span: start.min(word.span.end)..word.span.end,
            known: word.single || (is_literal(value) && !value.contains('$') && !value.contains('`')),
            place: Place::Shell,
        });
    }
}

/// The shell scripts of workflows: `run:`, `script:`, `before_script:`, `command:` of steps.
fn scripts_of(root: &Node, out: &mut Vec<Range<usize>>) {
    root.each_entry(&mut |entry| {
        let is_script = matches!(
            entry.key.as_str(),
            "run" | "script" | "before_script" | "after_script" | "command" | "bash" | "inlineScript" | "commands"
        );
        if is_script {
            for item in entry.value.items() {
                let inner = item.get("command").filter(|_| entry.key == "run").unwrap_or(item);
                if inner.text().is_some() {
                    out.push(inner.span.clone());
                }
            }
        }
    });
    out.sort_by_key(|range| range.start);
    out.dedup();
}
