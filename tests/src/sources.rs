//! Reads the sources of the house, for the tests of its rules.

use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The longest function of the house, from its signature to its last brace.
const LONGEST_FUNCTION: usize = 70;

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace around this crate")
}

/// The text of a file of the house.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files that git holds or would take, so that a new one is judged before it is committed.
pub fn files() -> Vec<PathBuf> {
    let listed = output(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    );
    let there = |path: &PathBuf| root().join(path).exists();
    listed.lines().map(PathBuf::from).filter(there).collect()
}

/// Those of [`files`] whose names end in one of `endings`.
pub fn files_in(endings: &[&str]) -> Vec<PathBuf> {
    let fits = |path: &PathBuf| {
        path.extension()
            .is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted))
    };
    files().into_iter().filter(fits).collect()
}

/// What a program prints, run in the root of the house.
pub fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("a listing is text")
}

/// The lines of a text, counted from 1.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

/// Splits `snake_case` and `CamelCase` into small words.
pub fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && after_small) {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words
                .last_mut()
                .expect("there is a first word")
                .extend(letter.to_lowercase());
        }
        after_small = letter.is_lowercase();
    }
    words
}

/// What one Rust file says that a rule may judge. Places are `file:line: what`.
#[derive(Default)]
pub struct RustFile {
    /// The file, from the root of the house.
    pub path: PathBuf,
    /// Functions that are too long.
    pub long_functions: Vec<String>,
    /// Each name that the file gives, with its line.
    pub names: Vec<(usize, String)>,
    /// Items that stand after the tests.
    pub after_tests: Vec<String>,
    /// Tests that do not run.
    pub ignored_tests: Vec<String>,
}

/// Every Rust file of the house.
pub fn rust_files() -> Vec<RustFile> {
    files_in(&["rs"])
        .into_iter()
        .map(|path| RustFile::parse(&read(&path), path))
        .collect()
}

impl RustFile {
    /// Reads the `text` of a file.
    pub fn parse(text: &str, path: PathBuf) -> Self {
        let syntax =
            syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut file = Self {
            path,
            ..Self::default()
        };
        file.visit_file(&syntax);
        let is_tests = |item: &syn::Item| {
            let syn::Item::Mod(module) = item else {
                return false;
            };
            module.attrs.iter().any(is_cfg_test)
        };
        let first = syntax
            .items
            .iter()
            .position(is_tests)
            .unwrap_or(syntax.items.len());
        for item in syntax.items[first..].iter().filter(|item| !is_tests(item)) {
            file.after_tests
                .push(file.place(item.span(), "stands after the tests"));
        }
        file
    }

    fn place(&self, span: proc_macro2::Span, what: &str) -> String {
        format!("{}:{}: {what}", self.path.display(), span.start().line)
    }

    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = block.span().end().line + 1 - signature.span().start().line;
        if lines > LONGEST_FUNCTION {
            let what = format!(
                "{} has {lines} lines, at most {LONGEST_FUNCTION}",
                signature.ident
            );
            self.long_functions
                .push(self.place(signature.span(), &what));
        }
    }

    fn name(&mut self, name: &Ident) {
        self.names
            .push((name.span().start().line, name.to_string()));
    }
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    let is_test = |list: &syn::MetaList| list.tokens.to_string() == "test";
    attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(is_test)
}

/// Names are collected where we give them; those of other crates are theirs.
impl<'ast> Visit<'ast> for RustFile {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("ignore") {
            self.ignored_tests
                .push(self.place(attribute.span(), "a test that does not run"));
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if item.trait_.is_none() {
            return visit::visit_item_impl(self, item);
        }
        // The trait gave the names of its functions; what stands in them is ours.
        for function in &item.items {
            if let syn::ImplItem::Fn(function) = function {
                self.measure(&function.sig, &function.block);
                self.visit_block(&function.block);
            }
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.name(&signature.ident);
        visit::visit_signature(self, signature);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.name(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.name(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.name(&variant.ident);
        visit::visit_variant(self, variant);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        field.ident.iter().for_each(|name| self.name(name));
        visit::visit_field(self, field);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.name(&item.ident);
        visit::visit_item_mod(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.name(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.name(&item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.name(&item.ident);
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.name(&item.ident);
        visit::visit_item_static(self, item);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.name(&pattern.ident);
        visit::visit_pat_ident(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_against_every_rule_is_seen_to_be() {
        let long = "let a = 1;\n".repeat(LONGEST_FUNCTION);
        let text = format!(
            "struct Deck {{ side: u8 }}\nfn long() {{\n{long}}}\n\
             #[cfg(test)]\nmod tests {{ #[test]\n#[ignore]\nfn never() {{}} }}\nfn late() {{}}\n"
        );
        let file = RustFile::parse(&text, PathBuf::from("a.rs"));
        assert_eq!(
            file.long_functions,
            ["a.rs:2: long has 72 lines, at most 70"]
        );
        assert_eq!(file.after_tests, ["a.rs:78: stands after the tests"]);
        assert_eq!(file.ignored_tests, ["a.rs:76: a test that does not run"]);
        let names: Vec<_> = file.names.iter().map(|(_, name)| name.as_str()).collect();
        for name in ["Deck", "side", "long", "a", "tests", "late"] {
            assert!(names.contains(&name), "{name} is not among {names:?}");
        }
    }

    #[test]
    fn words_are_found_in_both_ways_of_writing_them() {
        assert_eq!(words("PlayQueue"), ["play", "queue"]);
        assert_eq!(words("play_queue2"), ["play", "queue2"]);
        assert_eq!(
            words("tests/src/play-queue"),
            ["tests", "src", "play", "queue"]
        );
    }
}
