//! The only door to the parser: every other module says `syntax::ast`, `syntax::TextRange`.
//!
//! A [`Module`] owns the parsed file; a [`Tree`] gives every node of it a parent, a depth
//! and a scope. Offsets are bytes of the decoded text, as everywhere in this crate.

pub mod cst;
mod names;
mod places;
mod splice;
mod tree;
mod trivia;

pub use ruff_python_ast::token::{Token, TokenKind, Tokens};
pub use ruff_python_ast::{self as ast, AnyNodeRef, PythonVersion};
pub use ruff_text_size::{Ranged, TextRange, TextSize};

pub(crate) use names::canonical;
pub use names::{Binding, BindingKind, Scope, ScopeId, ScopeKind};
pub use places::DefinitionPlace;
pub use tree::{NodeId, Tree};

use ruff_python_parser::{Mode, ParseOptions, Parsed};

/// A parsed Python module together with its text.
pub struct Module<'t> {
    /// The decoded text that was parsed.
    pub text: &'t str,
    syntax: Syntax,
}

/// What the parser made of a text.
pub struct Syntax(Made);

enum Made {
    /// By one parse.
    Whole(Parsed<ast::ModModule>),
    /// From the syntax of the text before.
    Spliced(splice::Spliced),
}

/// Why a text is not a module: where (byte offset) and what the parser said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Byte offset into the decoded text.
    pub offset: usize,
    /// The parser's own sentence.
    pub message: String,
}

impl<'t> Module<'t> {
    /// Parses a text. Syntax that is newer than `target` is not an error here; it is listed by
    /// [`Module::too_new`], so that a file that uses it can still be read.
    pub fn parse(text: &'t str, target: PythonVersion) -> Result<Self, SyntaxError> {
        let options = ParseOptions::from(Mode::Module).with_target_version(target);
        let parsed = ruff_python_parser::parse_unchecked(text, options)
            .try_into_module()
            .ok_or_else(|| SyntaxError {
                offset: 0,
                message: "not a module".to_owned(),
            })?;
        if let Some(error) = parsed.errors().first() {
            return Err(SyntaxError {
                offset: error.location.start().to_usize(),
                message: error.error.to_string(),
            });
        }
        let syntax = Syntax(Made::Whole(parsed));
        Ok(Self { text, syntax })
    }

    /// The module of a text that edits made from the text of this one: the same as
    /// [`Module::parse`] gives, for less. The edits are sorted and disjoint, each with its range
    /// before and after.
    pub fn edited<'n>(
        &self,
        text: &'n str,
        edits: &[(TextRange, TextRange)],
        target: PythonVersion,
    ) -> Result<Module<'n>, SyntaxError> {
        self.syntax.edited(self.text, text, edits, target)
    }

    /// The syntax without the text.
    pub fn into_syntax(self) -> Syntax {
        self.syntax
    }

    /// What a parse of the whole text gives another of.
    fn differs_from_whole(&self, target: PythonVersion) -> Option<&'static str> {
        let Ok(whole) = Module::parse(self.text, target) else {
            return Some("validity");
        };
        // The numbers of the nodes are compared, too.
        drop((Tree::new(self), Tree::new(&whole)));
        let tokens = self.tokens().iter().map(Token::as_tuple);
        if !tokens.eq(whole.tokens().iter().map(Token::as_tuple)) {
            return Some("tokens");
        }
        if self.ast() != whole.ast() {
            return Some("nodes");
        }
        (self.too_new() != whole.too_new()).then_some("new syntax")
    }

    /// The syntax tree.
    pub fn ast(&self) -> &ast::ModModule {
        self.syntax.ast()
    }

    /// Every token of the file, comments included.
    pub fn tokens(&self) -> &Tokens {
        self.syntax.tokens()
    }

    /// Whether a name or keyword begins at a byte offset: the place lies in no comment and no
    /// string, the replacement fields of an f-string aside.
    pub fn is_name_at(&self, offset: usize) -> bool {
        let Ok(offset) = TextSize::try_from(offset) else {
            return false;
        };
        let found = self.tokens().binary_search_by_key(&offset, Ranged::start);
        found.is_ok_and(|at| self.tokens()[at].kind() == TokenKind::Name)
    }

    /// The kinds of syntax that the target version does not know, in source order.
    pub fn too_new(&self) -> Vec<(TextRange, String)> {
        self.syntax.too_new()
    }
}

impl Syntax {
    /// Like [`Module::edited`]; `before` is the text that this is the syntax of.
    pub fn edited<'n>(
        &self,
        before: &str,
        text: &'n str,
        edits: &[(TextRange, TextRange)],
        target: PythonVersion,
    ) -> Result<Module<'n>, SyntaxError> {
        let before = splice::Before {
            text: before,
            ast: self.ast(),
            tokens: self.tokens(),
            too_new: self.too_new(),
        };
        let Some(spliced) = splice::spliced(&before, text, edits, target) else {
            return Module::parse(text, target);
        };
        let syntax = Self(Made::Spliced(spliced));
        let module = Module { text, syntax };
        debug_assert_eq!(module.differs_from_whole(target), None, "{text}");
        Ok(module)
    }

    fn ast(&self) -> &ast::ModModule {
        match &self.0 {
            Made::Whole(parsed) => parsed.syntax(),
            Made::Spliced(spliced) => &spliced.ast,
        }
    }

    fn tokens(&self) -> &Tokens {
        match &self.0 {
            Made::Whole(parsed) => parsed.tokens(),
            Made::Spliced(spliced) => &spliced.tokens,
        }
    }

    fn too_new(&self) -> Vec<(TextRange, String)> {
        match &self.0 {
            Made::Whole(parsed) => parsed
                .unsupported_syntax_errors()
                .iter()
                .map(|error| (error.range, error.to_string()))
                .collect(),
            Made::Spliced(spliced) => spliced.too_new.clone(),
        }
    }
}

/// Parses one Python expression, such as an annotation in a string.
pub(crate) fn expression(text: &str) -> Option<ast::Expr> {
    let parsed = ruff_python_parser::parse_expression(text).ok()?;
    Some(*parsed.into_syntax().body)
}
