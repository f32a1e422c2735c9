//! What one file says about what may run in it: its functions with the names in each of them, its
//! classes, and where it replaces functions.

use super::super::is_main_guard;
use super::replaced::patchable;
use crate::syntax::ast::visitor::{self, Visitor};
use crate::syntax::{Module, PythonVersion, Ranged, TextRange, ast};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};

/// A name of a file, by its place in [`Summary::words`].
pub(super) type Word = u32;

/// What a file says.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) path: PathBuf,
    pub(super) words: Vec<Box<str>>,
    /// The body of the module first, then the functions.
    pub(super) units: Vec<Unit>,
    pub(super) classes: Vec<Class>,
    /// Names that imports give to something, with what they are names of.
    pub(super) aliases: Vec<(Word, Word)>,
    pub(super) places: Vec<Replaced>,
    /// It makes classes without a `class` statement.
    pub(super) makes_classes: bool,
}

/// Code that runs together: the body of a function, or of a module with those of its classes.
#[derive(Default)]
pub(super) struct Unit {
    pub(super) name: Word,
    /// The class that it is a method of.
    pub(super) class: Option<usize>,
    /// What it reads, calls or says in a string.
    pub(super) names: Vec<Word>,
    /// What it reads of `self` or of `super()`, and the class that this belongs to.
    pub(super) own: Vec<Word>,
    pub(super) own_class: Option<usize>,
    pub(super) finds: Vec<Finds>,
    /// It runs, or may be called by somebody who was handed it, whoever names it.
    pub(super) always: bool,
    /// It is a test: nobody calls it but those who run the tests.
    pub(super) is_test: bool,
}

/// How code finds something by a text that is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finds {
    /// Anything anywhere.
    Anything,
    /// Anything of its own object.
    Own,
    /// What begins so.
    Beginning(Box<str>),
    /// What ends so.
    Ending(Box<str>),
}

/// A class.
pub(super) struct Class {
    pub(super) name: Word,
    /// The names in its bases.
    pub(super) mentioned: Vec<Word>,
    pub(super) bases: Vec<Base>,
    /// Somebody is handed every such class when it is defined.
    pub(super) is_handed_on: bool,
}

/// Where a base class comes from.
pub(super) enum Base {
    /// A class of the project that is known by this name, if the module that it is imported from is
    /// one of the project; the first part of its name is given, none for the same package.
    Named(Word, Option<Word>),
    /// A class that calls no methods of its subclasses by itself, but for those with two underscores.
    Plain,
    /// Another one.
    Unknown,
}

/// A place that replaces a function.
pub(super) struct Replaced {
    pub(super) name: &'static str,
    /// The last part of what it belongs to; nothing where that is not known.
    pub(super) owner: Option<Box<str>>,
    /// The test during which it is replaced; nothing where it may be longer.
    pub(super) test: Option<usize>,
}

/// The base classes that call nothing, and the modules that they are from.
const PLAIN_BASES: &str = "object ABC Protocol Generic NamedTuple TypedDict dict list str bytes int float tuple set frozenset Enum IntEnum StrEnum Flag IntFlag";
const PLAIN_MODULES: &str = "abc typing typing_extensions enum";

/// The same, from wherever they are.
const TEST_BASES: &str = "TestCase IsolatedAsyncioTestCase";

/// Decorators that leave a function or a class to those who name it.
const HARMLESS: &str = "property cached_property staticmethod classmethod abstractmethod abstractproperty overload override final wraps contextmanager asynccontextmanager lru_cache cache getter coroutine dataclass total_ordering runtime_checkable unique";

/// What finds names or classes that nobody sees.
const READS_ANY: &str =
    "globals vars eval exec __dict__ __subclasses__ getmembers run_path run_module";

/// Whether a word is one of several.
fn is_one(words: &str, word: &str) -> bool {
    words.split(' ').any(|other| other == word)
}

impl Summary {
    /// Whether code that always runs may run anything.
    pub(super) fn is_boundless(&self) -> bool {
        let mut always = self.units.iter().filter(|unit| unit.always);
        always.any(|unit| unit.finds.contains(&Finds::Anything))
    }

    /// What the text of a file says; nothing where it is no Python.
    pub(super) fn of(path: &Path, text: &str) -> Option<Self> {
        let module = Module::parse(text, PythonVersion::latest()).ok()?;
        let mut reader = Reader::new(path);
        reader.visit_body(&module.ast().body);
        reader.finish_unit();
        let mut summary = reader.summary;
        path.clone_into(&mut summary.path);
        Some(summary)
    }
}

/// The test function around what is read, with its parameters.
pub(super) struct Test<'a> {
    pub(super) unit: usize,
    pub(super) parameters: Vec<&'a str>,
}

/// What is read about the unit at hand.
#[derive(Default)]
pub(super) struct Open<'a> {
    unit: usize,
    names: FxHashSet<Word>,
    own: FxHashSet<Word>,
    /// The name that its object has, and the class of that.
    pub(super) object: Option<(&'a str, usize)>,
    /// The class whose body is read, not that of a function in it.
    class: Option<usize>,
}

pub(super) struct Reader<'a> {
    pub(super) summary: Summary,
    words: FxHashMap<Box<str>, Word>,
    open: Vec<Open<'a>>,
    /// The outermost function, when it is a test.
    pub(super) test: Option<Test<'a>>,
    /// What names at the top of imports come from.
    origins: FxHashMap<&'a str, Option<&'a str>>,
    in_test_file: bool,
    /// The calls that a `with` statement enters, or that decorate a test.
    pub(super) lasting: Vec<(TextRange, usize)>,
    /// The strings that are accounted for.
    pub(super) known: FxHashSet<TextRange>,
}

impl<'a> Reader<'a> {
    fn new(path: &Path) -> Self {
        let mut reader = Self {
            summary: Summary::default(),
            words: FxHashMap::default(),
            open: Vec::new(),
            test: None,
            origins: FxHashMap::default(),
            in_test_file: is_test_file(path),
            lasting: Vec::new(),
            known: FxHashSet::default(),
        };
        let name = reader.word("");
        reader.summary.units.push(Unit {
            name,
            always: true,
            ..Unit::default()
        });
        reader.open.push(Open::default());
        reader
    }

    fn word(&mut self, text: &str) -> Word {
        if let Some(word) = self.words.get(text) {
            return *word;
        }
        let word = Word::try_from(self.words.len()).unwrap_or(Word::MAX);
        self.words.insert(text.into(), word);
        self.summary.words.push(text.into());
        word
    }

    pub(super) fn here(&mut self) -> &mut Open<'a> {
        self.open.last_mut().expect("the module is open")
    }

    fn name(&mut self, text: &str) {
        let word = self.word(text);
        self.here().names.insert(word);
        if is_one(READS_ANY, text) {
            self.finds(Finds::Anything);
        }
    }

    /// Remembers where an import takes a name from; from nowhere that is known, where two differ.
    fn origin(&mut self, name: &'a str, module: Option<&'a str>) {
        let known = self.origins.entry(name).or_insert(module);
        if *known != module {
            *known = Some("");
        }
    }

    pub(super) fn finds(&mut self, what: Finds) {
        let unit = self.here().unit;
        let finds = &mut self.summary.units[unit].finds;
        if !finds.contains(&what) {
            finds.push(what);
        }
    }

    fn finish_unit(&mut self) {
        if let Some(open) = self.open.pop() {
            let unit = &mut self.summary.units[open.unit];
            unit.names = open.names.into_iter().collect();
            unit.own = open.own.into_iter().collect();
            unit.names.sort_unstable();
            unit.own.sort_unstable();
            unit.own_class = open.object.map(|(_, class)| class);
        }
    }

    fn function(&mut self, function: &'a ast::StmtFunctionDef) {
        let is_outermost = self.open.len() == 1;
        let class = self.here().class;
        let word = function.name.as_str();
        let is_test = is_outermost && self.in_test_file && word.starts_with("test");
        let name = self.word(word);
        let unit = self.summary.units.len();
        let is_special = word.starts_with("__") && class.is_none();
        let (mut always, mut is_fixture) = (is_special || word.starts_with("pytest_"), false);
        for decorator in &function.decorator_list {
            let expr = match &decorator.expression {
                ast::Expr::Call(call) => &*call.func,
                other => other,
            };
            let last = last_name(expr).unwrap_or_default();
            if is_test {
                self.lasting.push((decorator.expression.range(), unit));
            } else if last == "fixture" {
                is_fixture = true;
                always |= self.fixture(&decorator.expression, name);
            } else {
                always |= !is_one(HARMLESS, last);
            }
        }
        self.summary.units.push(Unit {
            name,
            class,
            always,
            is_test,
            ..Unit::default()
        });
        for decorator in &function.decorator_list {
            match &decorator.expression {
                // The name of a fixture says nothing about who uses it.
                ast::Expr::Call(call) if last_name(&call.func) == Some("fixture") => {
                    for one in &call.arguments.args {
                        self.visit_expr(one);
                    }
                    let keywords = call.arguments.keywords.iter();
                    for one in keywords.filter(|one| one.arg.as_deref() != Some("name")) {
                        self.visit_expr(&one.value);
                    }
                }
                other => self.visit_expr(other),
            }
        }
        self.visit_parameters(&function.parameters);
        if let Some(returns) = &function.returns {
            self.visit_expr(returns);
        }

        let parameters: Vec<&str> = function
            .parameters
            .iter()
            .map(|one| one.name().as_str())
            .collect();
        let is_static = function
            .decorator_list
            .iter()
            .any(|one| last_name(&one.expression) == Some("staticmethod"));
        let object = match class {
            Some(class) if !is_static => parameters.first().map(|name| (*name, class)),
            _ => {
                let outer = self.here().object;
                outer.filter(|(name, _)| !parameters.contains(name))
            }
        };
        if is_test {
            self.test = Some(Test {
                unit,
                parameters: parameters.clone(),
            });
        }
        self.open.push(Open {
            unit,
            object,
            ..Open::default()
        });
        if is_test || is_fixture {
            for parameter in parameters {
                self.name(parameter);
            }
        }
        self.visit_body(&function.body);
        self.finish_unit();
        if is_outermost {
            self.test = None;
        }
    }

    /// The decorator of a fixture: whether it may be at work in tests that do not name it.
    fn fixture(&mut self, decorator: &'a ast::Expr, function: Word) -> bool {
        let ast::Expr::Call(call) = decorator else {
            return false;
        };
        match call.arguments.find_keyword("name").map(|one| &one.value) {
            None => {}
            Some(ast::Expr::StringLiteral(literal)) => {
                let alias = self.word(literal.value.to_str());
                self.summary.aliases.push((alias, function));
            }
            Some(_) => return true,
        }
        // One that lives longer than a test may be at work in other tests, too.
        let keyword = |name: &str| call.arguments.find_keyword(name).map(|one| &one.value);
        let is_long = keyword("scope").is_some_and(|scope| {
            let text = scope.as_string_literal_expr();
            text.is_none_or(|text| text.value.to_str() != "function")
        });
        is_long || keyword("autouse").is_some()
    }

    fn class(&mut self, class: &'a ast::StmtClassDef) {
        let name = self.word(class.name.as_str());
        let at = self.summary.classes.len();
        let mut mentioned = Vec::new();
        let mut bases = Vec::new();
        for base in class.bases() {
            let mut names = Names::default();
            names.visit_expr(base);
            mentioned.extend(names.0.iter().map(|name| self.word(name)));
            bases.push(self.base(base, class.name.as_str()));
        }
        let is_handed_on = class.decorator_list.iter().any(|decorator| {
            let expr = match &decorator.expression {
                ast::Expr::Call(call) => &*call.func,
                other => other,
            };
            !is_one(HARMLESS, last_name(expr).unwrap_or_default())
        }) || class
            .keywords()
            .iter()
            .any(|one| last_name(&one.value) != Some("ABCMeta"));
        self.summary.classes.push(Class {
            name,
            mentioned,
            bases,
            is_handed_on,
        });
        for decorator in &class.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        for keyword in class.keywords() {
            self.visit_expr(&keyword.value);
        }
        let outer = self.here().class.replace(at);
        self.visit_body(&class.body);
        self.here().class = outer;
    }

    fn base(&mut self, base: &'a ast::Expr, class: &str) -> Base {
        let base = match base {
            ast::Expr::Subscript(subscript) => &*subscript.value,
            other => other,
        };
        let Some(last) = last_name(base) else {
            return Base::Unknown;
        };
        let Some(first) = first_name(base) else {
            return Base::Unknown;
        };
        let origin = self.origins.get(first).copied();
        let is_plain = is_one(PLAIN_BASES, last)
            && origin
                .is_none_or(|module| module.is_some_and(|module| is_one(PLAIN_MODULES, module)));
        if is_plain
            || is_one(TEST_BASES, last)
            || ["Error", "Exception", "Warning"]
                .iter()
                .any(|end| last.ends_with(end))
        {
            return Base::Plain;
        }
        let word = self.word(last);
        match origin {
            Some(Some(module)) => Base::Named(word, Some(self.word(module))),
            Some(None) => Base::Named(word, None),
            // Defined above, or by a star import.
            None if first == class => Base::Unknown,
            None => Base::Named(word, None),
        }
    }
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn visit_stmt(&mut self, stmt: &'a ast::Stmt) {
        match stmt {
            ast::Stmt::FunctionDef(function) => return self.function(function),
            ast::Stmt::ClassDef(class) => return self.class(class),
            ast::Stmt::Expr(text) if text.value.is_string_literal_expr() => return,
            ast::Stmt::If(branch) if self.open.len() == 1 && is_main_guard(&branch.test) => {
                for clause in &branch.elif_else_clauses {
                    self.visit_elif_else_clause(clause);
                }
                return;
            }
            ast::Stmt::Assign(assign) if assign.targets.iter().any(is_all) => return,
            ast::Stmt::AugAssign(assign) if is_all(&assign.target) => return,
            ast::Stmt::Import(import) => {
                for alias in &import.names {
                    let whole = alias.name.as_str();
                    let first = whole.split('.').next().unwrap_or(whole);
                    let name = alias.asname.as_ref().map_or(first, |name| name.as_str());
                    self.origin(name, Some(first));
                    if alias.asname.is_some() {
                        let alias = self.word(name);
                        for part in whole.split('.') {
                            let part = self.word(part);
                            self.summary.aliases.push((alias, part));
                        }
                    }
                }
            }
            ast::Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map(ast::Identifier::as_str);
                let first = module.and_then(|module| module.split('.').next());
                let origin = first.filter(|_| import.level == 0);
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.origin(name, origin);
                    if alias.asname.is_some() {
                        let pair = (self.word(name), self.word(alias.name.as_str()));
                        self.summary.aliases.push(pair);
                    }
                }
            }
            ast::Stmt::With(with) => {
                if let Some(unit) = self.test.as_ref().map(|test| test.unit) {
                    let items = with
                        .items
                        .iter()
                        .map(|item| (item.context_expr.range(), unit));
                    self.lasting.extend(items);
                }
            }
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_pattern_keyword(&mut self, keyword: &'a ast::PatternKeyword) {
        self.name(keyword.attr.as_str());
        visitor::walk_pattern_keyword(self, keyword);
    }

    fn visit_expr(&mut self, expr: &'a ast::Expr) {
        match expr {
            ast::Expr::Name(name) if !name.ctx.is_store() => self.name(name.id.as_str()),
            ast::Expr::Attribute(attribute) => {
                let attr = attribute.attr.as_str();
                let object = self.here().object;
                let is_own = match &*attribute.value {
                    ast::Expr::Name(name) => object.is_some_and(|(own, _)| own == name.id.as_str()),
                    ast::Expr::Call(call) => {
                        object.is_some()
                            && matches!(&*call.func, ast::Expr::Name(name) if name.id.as_str() == "super")
                    }
                    _ => false,
                };
                if !attribute.ctx.is_load() {
                    if let Some(name) = patchable(attr) {
                        let owner = last_name(&attribute.value).map(Box::from);
                        self.summary.places.push(Replaced {
                            name,
                            owner,
                            test: None,
                        });
                    }
                } else if is_own {
                    let word = self.word(attr);
                    self.here().own.insert(word);
                } else {
                    self.name(attr);
                }
            }
            ast::Expr::StringLiteral(literal) => {
                let text = literal.value.to_str();
                if is_dotted(text) {
                    for part in text.split(['.', ':']) {
                        self.name(part);
                    }
                }
                if !self.known.contains(&literal.range())
                    && let Some((owner, last)) = text.rsplit_once('.')
                    && let Some(name) = patchable(last)
                {
                    let owner = owner.rsplit('.').next().map(Box::from);
                    self.summary.places.push(Replaced {
                        name,
                        owner,
                        test: None,
                    });
                }
            }
            ast::Expr::Call(call) => {
                self.replacing(call);
                self.finding(call);
            }
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

/// The names in an expression.
#[derive(Default)]
struct Names<'a>(Vec<&'a str>);

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_expr(&mut self, expr: &'a ast::Expr) {
        match expr {
            ast::Expr::Name(name) => self.0.push(name.id.as_str()),
            ast::Expr::Attribute(attribute) => self.0.push(attribute.attr.as_str()),
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

/// Whether a file has tests by its name.
fn is_test_file(path: &Path) -> bool {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let in_tests = path.components().any(|part| {
        let part = part.as_os_str();
        part == "tests" || part == "test" || part == "testing"
    });
    in_tests || stem.starts_with("test") || stem.ends_with("_test") || stem.ends_with("_tests")
}

fn is_all(target: &ast::Expr) -> bool {
    matches!(target, ast::Expr::Name(name) if name.id.as_str() == "__all__")
}

pub(super) fn last_name(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Name(name) => Some(name.id.as_str()),
        ast::Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

pub(super) fn first_name(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Name(name) => Some(name.id.as_str()),
        ast::Expr::Attribute(attribute) => first_name(&attribute.value),
        _ => None,
    }
}

/// Whether a text is a name, or several with dots between them.
fn is_dotted(text: &str) -> bool {
    text.split(['.', ':']).all(|part| {
        let mut letters = part.chars();
        letters
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_')
            && letters.all(|c| c.is_alphanumeric() || c == '_')
    })
}
