//! Constructors that become coroutine functions: a class gets a `create` that makes an object and
//! awaits what `__init__` did, and every place of the project that makes one awaits that. It takes
//! consent, because whoever makes such objects outside of the project has to do the same.

use crate::index::{Certainty, Role, Use, means};
use crate::options::Asyncify;
use crate::propagation::ID;
use crate::propagation::classes::{ClassRole, uses_of_class};
use crate::propagation::lift::{CREATE, INITIALIZE};
use crate::propagation::needs::Needs;
use crate::propagation::outline::Obstacle;
use crate::propagation::solve::{File, Propagation};
use crate::syntax::{AnyNodeRef, Module, PythonVersion, ScopeId, Tree, ast};

/// Methods with which a class says how its objects are made, or how their attributes are found.
const CHANGING: &[&str] = &[
    "__new__",
    "__init_subclass__",
    "__class_getitem__",
    "__getattr__",
    "__getattribute__",
    "__reduce__",
    "__reduce_ex__",
    "__getnewargs__",
    "__getnewargs_ex__",
];

impl Propagation<'_> {
    /// Whether a function is an `__init__` that may become a coroutine function.
    pub(in crate::propagation) fn is_constructor(&self, node: usize) -> bool {
        if self.options.asyncify != Asyncify::Project || !self.options.allows_unsafe(ID) {
            return false;
        }
        let File { outline, .. } = &self.files[self.nodes[node].file];
        let own = &outline.definitions[self.nodes[node].definition];
        own.class.is_some() && own.qualified.ends_with(".__init__") && !own.is_async
    }

    /// What keeps a constructor plain by the class that it is in.
    pub(in crate::propagation) fn wall_of_class(&self, node: usize) -> Option<Obstacle> {
        let File { path, outline } = &self.files[self.nodes[node].file];
        let own = &outline.definitions[self.nodes[node].definition];
        let refused = |why: &str| {
            Some(
                Obstacle::new(
                    "constructor",
                    own.name,
                    format!("a constructor cannot be a coroutine function, and {why}"),
                )
                .remedy(
                    "Move the work into a method, or into a `classmethod` that builds the object.",
                ),
            )
        };
        let text = self.project.sources.text(path).unwrap_or_default();
        let Ok(module) = Module::parse(&text, self.options.target) else {
            return refused("its file cannot be read again");
        };
        let tree = Tree::new(&module);
        let function = tree.scope(own.scope).node;
        let class = tree.parent(function);
        let (AnyNodeRef::StmtFunctionDef(init), AnyNodeRef::StmtClassDef(definition)) =
            (tree.node(function), tree.node(class))
        else {
            return refused("it stands below a condition");
        };
        let class_name = definition.name.as_str();
        let named = |one: &String| means(one, path, class_name);
        if outline.is_test {
            return refused("this one is of test code");
        }
        if self.options.public_api.iter().any(named) {
            return refused("the settings say with `public-api` that the class stays as it is");
        }
        if tree.scope_of(class) != ScopeId::MODULE {
            return refused("its class is defined inside of something else");
        }
        if !definition.decorator_list.is_empty()
            || !definition.keywords().is_empty()
            || !definition.bases().iter().all(|base| is_object(&tree, base))
        {
            return refused("its class inherits from another one, or is decorated");
        }
        let methods = definition
            .body
            .iter()
            .filter_map(ast::Stmt::as_function_def_stmt);
        let mut names = methods.map(|method| method.name.as_str());
        if let Some(name) = names.find(|name| CHANGING.contains(name)) {
            return refused(&format!("its class defines `{name}`"));
        }
        if !init.decorator_list.is_empty() {
            return refused("this one is decorated");
        }
        let is_named = |id| match tree.node(id) {
            AnyNodeRef::ExprAttribute(one) => [CREATE, INITIALIZE].contains(&one.attr.as_str()),
            AnyNodeRef::StmtFunctionDef(one) => [CREATE, INITIALIZE].contains(&one.name.as_str()),
            _ => false,
        };
        if tree.descendants(class).any(is_named) {
            return refused(&format!(
                "its class has a `{CREATE}` or `{INITIALIZE}` already"
            ));
        }
        None
    }

    /// The places that make objects of the class of a constructor, as calls of it.
    pub(in crate::propagation) fn made_by(&self, node: usize, needs: &mut Needs) -> Vec<Use> {
        let File { path, outline } = &self.files[self.nodes[node].file];
        let own = &outline.definitions[self.nodes[node].definition];
        let Some(class) = class_around(
            &self.project.sources.text(path).unwrap_or_default(),
            own.scope,
        ) else {
            return Vec::new();
        };
        let class = crate::index::Definition {
            path: path.clone(),
            scope: class,
        };
        let name = own.class.clone().unwrap_or_default();
        let mut made = Vec::new();
        for found in uses_of_class(self.project, &class, &name, true) {
            match found.role {
                ClassRole::Made(call) => made.push(Use {
                    path: found.path,
                    range: found.range,
                    scope: ScopeId::MODULE,
                    role: Role::Call {
                        call,
                        awaited: false,
                    },
                    certainty: Certainty::Exact,
                    others: Vec::new(),
                }),
                ClassRole::Asked => {}
                ClassRole::Decorator | ClassRole::Other => needs.walls.push((
                    found.path,
                    Obstacle::new(
                        "class-as-value",
                        found.range,
                        "its class is used here for something else than to make an object of it, or may be, and what makes one then would not await it",
                    )
                    .remedy("Make the objects by the name of the class."),
                )),
            }
        }
        made
    }
}

/// Whether a base is the builtin `object`.
pub(super) fn is_object(tree: &Tree<'_>, base: &ast::Expr) -> bool {
    matches!(base, ast::Expr::Name(name) if name.id.as_str() == "object"
        && tree.lookup("object", ScopeId::MODULE).is_none())
}

/// The scope of the class around a method.
fn class_around(text: &str, method: ScopeId) -> Option<ScopeId> {
    let module = Module::parse(text, PythonVersion::latest()).ok()?;
    Some(Tree::new(&module).scope(method).parent)
}
