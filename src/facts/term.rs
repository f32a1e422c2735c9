//! What an expression says about its value, without the expression.

use crate::syntax::{ScopeId, Tree, ast};

/// The shape of an expression, as far as the kind of its value depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A name.
    Name(Box<str>),
    /// `value.name`.
    Attribute(Box<Term>, Box<str>),
    /// `callee(…)` with its positional arguments.
    Call(Box<Term>, Vec<Term>),
    /// `await value`.
    Await(Box<Term>),
    /// `value[index]`.
    Subscript(Box<Term>, Box<Term>),
    /// A list or a set.
    Display(Vec<Term>),
    /// A tuple.
    Tuple(Vec<Term>),
    /// `*value` in a display or a call.
    Starred(Box<Term>),
    /// A comprehension or generator expression: its element, read in the scope it opens.
    Elements(ScopeId, Box<Term>),
    /// The values of a dictionary.
    Mapping(Vec<Term>),
    /// The value of a dictionary comprehension, read in the scope it opens.
    MappingElements(ScopeId, Box<Term>),
    /// One of these: `a if c else b`, `a or b`, `a and b`, `A | B`.
    Either(Vec<Term>),
    /// The body of a `lambda`, read in the scope it opens.
    Lambda(ScopeId, Box<Term>),
    /// One item of what is unpacked.
    Item(Box<Term>, usize),
    /// What a `for` loop goes through.
    Element(Box<Term>),
    /// What `with` gives (`true`: `async with`).
    Entered(Box<Term>, bool),
    /// `TypeVar("T", bound=Bound)`: the name and the bound.
    Variable(Box<str>, Option<Box<Term>>),
    /// A number or a string: the dotted name of its class.
    Literal(&'static str),
    /// `a:b` as an index.
    Slice,
    /// A whole number as an index.
    Index(usize),
    /// `None`.
    None,
    /// Anything else.
    Opaque,
}

impl Term {
    /// The term of an expression of a tree.
    pub fn of(expr: &ast::Expr, tree: &Tree<'_>) -> Self {
        Reader {
            tree: Some(tree),
            annotation: false,
        }
        .term(expr)
    }

    /// The term of an annotation; strings are read as the expressions they hold.
    pub fn of_annotation(expr: &ast::Expr, tree: &Tree<'_>) -> Self {
        Reader {
            tree: Some(tree),
            annotation: true,
        }
        .term(expr)
    }

    /// The last name of a dotted term.
    pub fn last_name(&self) -> Option<&str> {
        match self {
            Self::Name(name) | Self::Attribute(_, name) => Some(name),
            _ => None,
        }
    }
}

struct Reader<'r, 'a> {
    /// The tree of the expression; none for the text of a string.
    tree: Option<&'r Tree<'a>>,
    annotation: bool,
}

impl Reader<'_, '_> {
    fn boxed(&self, expr: &ast::Expr) -> Box<Term> {
        Box::new(self.term(expr))
    }

    fn all<'e>(&self, exprs: impl IntoIterator<Item = &'e ast::Expr>) -> Vec<Term> {
        exprs.into_iter().map(|expr| self.term(expr)).collect()
    }

    /// The scope that a comprehension or lambda opens: the one of its first inner part.
    fn scope_of(&self, inner: &ast::Expr) -> Option<ScopeId> {
        self.tree.map(|tree| tree.scope_of(tree.id(inner)))
    }

    fn elements(&self, element: &ast::Expr) -> Term {
        match self.scope_of(element) {
            Some(scope) => Term::Elements(scope, self.boxed(element)),
            None => Term::Opaque,
        }
    }

    /// `TypeVar("T", A, B)` or `TypeVar("T", bound=A)`.
    fn variable(&self, call: &ast::ExprCall) -> Option<Term> {
        let is_variable = match &*call.func {
            ast::Expr::Name(name) => name.id.as_str() == "TypeVar",
            ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "TypeVar",
            _ => false,
        };
        let (first, constraints) = call.arguments.args.split_first()?;
        let ast::Expr::StringLiteral(name) = first else {
            return None;
        };
        if !is_variable {
            return None;
        }
        let annotation = Self {
            tree: self.tree,
            annotation: true,
        };
        let bound = match call.arguments.find_keyword("bound") {
            Some(bound) => Some(annotation.term(&bound.value)),
            None if constraints.is_empty() => None,
            None => Some(Term::Either(annotation.all(constraints))),
        };
        Some(Term::Variable(
            name.value.to_str().into(),
            bound.map(Box::new),
        ))
    }

    fn term(&self, expr: &ast::Expr) -> Term {
        match expr {
            ast::Expr::Name(name) => Term::Name(name.id.as_str().into()),
            ast::Expr::Attribute(attribute) => {
                Term::Attribute(self.boxed(&attribute.value), attribute.attr.as_str().into())
            }
            ast::Expr::Call(call) => match self.variable(call) {
                Some(variable) => variable,
                None => Term::Call(self.boxed(&call.func), self.all(&call.arguments.args)),
            },
            ast::Expr::Await(await_) => Term::Await(self.boxed(&await_.value)),
            ast::Expr::Subscript(subscript) => Term::Subscript(
                self.boxed(&subscript.value),
                Box::new(match &*subscript.slice {
                    ast::Expr::NumberLiteral(ast::ExprNumberLiteral {
                        value: ast::Number::Int(number),
                        ..
                    }) => number.as_usize().map_or(Term::Opaque, Term::Index),
                    slice => self.term(slice),
                }),
            ),
            // The list in `Callable[[…], R]` is one, too.
            ast::Expr::List(list) => Term::Display(self.all(&list.elts)),
            ast::Expr::Set(set) => Term::Display(self.all(&set.elts)),
            ast::Expr::Tuple(tuple) => Term::Tuple(self.all(&tuple.elts)),
            ast::Expr::Starred(starred) => Term::Starred(self.boxed(&starred.value)),
            ast::Expr::ListComp(comprehension) => self.elements(&comprehension.elt),
            ast::Expr::SetComp(comprehension) => self.elements(&comprehension.elt),
            ast::Expr::Generator(generator) => self.elements(&generator.elt),
            ast::Expr::Dict(dict) => Term::Mapping(
                dict.items
                    .iter()
                    .map(|item| match item.key {
                        Some(_) => self.term(&item.value),
                        None => Term::Opaque,
                    })
                    .collect(),
            ),
            ast::Expr::DictComp(comprehension) => match self.scope_of(&comprehension.value) {
                Some(scope) => Term::MappingElements(scope, self.boxed(&comprehension.value)),
                None => Term::Opaque,
            },
            ast::Expr::If(branches) => Term::Either(self.all([&*branches.body, &*branches.orelse])),
            ast::Expr::BoolOp(operation) => Term::Either(self.all(&operation.values)),
            ast::Expr::BinOp(operation)
                if self.annotation && operation.op == ast::Operator::BitOr =>
            {
                Term::Either(self.all([&*operation.left, &*operation.right]))
            }
            ast::Expr::BinOp(operation) if operation.op == ast::Operator::Add => {
                let parts = [&*operation.left, &*operation.right];
                Term::Display(
                    parts
                        .into_iter()
                        .map(|part| Term::Starred(self.boxed(part)))
                        .collect(),
                )
            }
            ast::Expr::Lambda(lambda) => match self.scope_of(&lambda.body) {
                Some(scope) => Term::Lambda(scope, self.boxed(&lambda.body)),
                None => Term::Opaque,
            },
            ast::Expr::Named(walrus) => self.term(&walrus.value),
            ast::Expr::NoneLiteral(_) => Term::None,
            ast::Expr::FString(_) => Term::Literal("builtins.str"),
            ast::Expr::StringLiteral(_) if !self.annotation => Term::Literal("builtins.str"),
            ast::Expr::BytesLiteral(_) => Term::Literal("builtins.bytes"),
            ast::Expr::BooleanLiteral(_) => Term::Literal("builtins.bool"),
            ast::Expr::NumberLiteral(number) => Term::Literal(match number.value {
                ast::Number::Int(_) => "builtins.int",
                ast::Number::Float(_) => "builtins.float",
                ast::Number::Complex { .. } => "builtins.complex",
            }),
            ast::Expr::Slice(_) => Term::Slice,
            ast::Expr::StringLiteral(string) if self.annotation => {
                match crate::syntax::expression(string.value.to_str()) {
                    Some(inner) => Reader {
                        tree: None,
                        annotation: true,
                    }
                    .term(&inner),
                    None => Term::Opaque,
                }
            }
            _ => Term::Opaque,
        }
    }
}
