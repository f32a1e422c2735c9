//! What is replaced at run time, by tests mostly, and would be missed by a rewrite.

use super::{FileView, Refusal};
use crate::edit::Remark;
use crate::project::PatchedMember;
use crate::syntax::{AnyNodeRef, NodeId, ScopeId};

impl FileView<'_> {
    /// Refuses when somebody replaces a function at run time: `asyncio.gather = …` in this file, or
    /// `mock.patch("….asyncio.gather")` and its like anywhere in the project, also under the name
    /// that this file has for it. What a test replaces for itself counts only where the site may
    /// run in that test.
    pub fn patched(&self, dotted: &str, site: NodeId) -> Option<Refusal> {
        let (module, last) = dotted.rsplit_once('.')?;
        let stores = self.tree.attribute_stores();
        let assigned = stores.iter().find_map(|id| match self.tree.node(*id) {
            AnyNodeRef::ExprAttribute(attribute) if attribute.attr.as_str() == last => {
                let mut whole = self.tree.qualified_name(&attribute.value)?;
                whole.push('.');
                whole.push_str(last);
                (whole == dotted).then_some(attribute.range)
            }
            _ => None,
        });
        if let Some(range) = assigned {
            return Some(
                Refusal::new(
                    "patched-name",
                    format!("This module replaces `{dotted}` at run time."),
                )
                .evidence(range, "the assignment"),
            );
        }
        let places = self.project.patches(dotted);
        let place = places
            .first()
            .filter(|_| self.may_see((module, last), places.iter(), site))
            .or_else(|| self.patched_here(dotted, last, site))?;
        let refusal = replaced(place, dotted);
        // What tests say to `requests` is looked at in other ways.
        if module == "requests" {
            return Some(refusal);
        }
        self.unless_consented(refusal)
    }

    /// Refuses when somebody replaces a method of event loops at run time.
    pub fn patched_of_loop(&self, method: &str, site: NodeId) -> Option<Refusal> {
        let members = self.project.patched_members(method);
        let member = members.iter().find(|member| {
            let is_loop = member.owner.to_lowercase().contains("loop");
            is_loop && self.may_see_member(member, method, site)
        })?;
        let refusal = replaced(&member.place, &format!("{}.{method}", member.owner));
        self.unless_consented(refusal)
    }

    /// The refusal as one that the user may consent to; nothing where the user does, and then the
    /// change says so.
    fn unless_consented(&self, refusal: Refusal) -> Option<Refusal> {
        if !self.has_consent() {
            return Some(refusal.without_consent());
        }
        let remark = Remark::new(refusal.reason, refusal.message);
        *self.consented.borrow_mut() = Some(remark);
        None
    }

    /// The place that replaces the name which this module has imported the function under.
    fn patched_here(&self, dotted: &str, name: &str, site: NodeId) -> Option<&String> {
        let is_imported = self.tree.imported_names(ScopeId::MODULE).contains(&name)
            && self
                .tree
                .qualified_identifier(name, ScopeId::MODULE)
                .as_deref()
                == Some(dotted);
        if !is_imported {
            return None;
        }
        let stem = self.path.file_stem()?.to_str()?;
        let own = if stem == "__init__" {
            self.path.parent()?.file_name()?.to_str()?
        } else {
            stem
        };
        let members = self.project.patched_members(name);
        let member = members
            .iter()
            .find(|member| member.owner == own && self.may_see_member(member, name, site))?;
        Some(&member.place)
    }

    fn may_see_member(&self, member: &PatchedMember, name: &str, site: NodeId) -> bool {
        let members = self.project.patched_members(name).iter();
        let places = members.filter(|other| other.owner == member.owner);
        let places = places.map(|other| &other.place);
        self.may_see((&member.owner, name), places, site)
    }

    /// Whether a site may run while tests replace something.
    fn may_see<'n>(
        &self,
        replaced: (&str, &str),
        places: impl Iterator<Item = &'n String>,
        site: NodeId,
    ) -> bool {
        let tree = self.tree;
        let is_function = |id: &NodeId| matches!(tree.node(*id), AnyNodeRef::StmtFunctionDef(_));
        let Some(id) = tree.ancestors(site).find(is_function) else {
            return true;
        };
        let function = match (tree.node(id), tree.node(tree.parent(id))) {
            (AnyNodeRef::StmtFunctionDef(method), AnyNodeRef::StmtClassDef(class)) => {
                format!("{}.{}", class.name, method.name)
            }
            (AnyNodeRef::StmtFunctionDef(function), _) => function.name.to_string(),
            _ => return true,
        };
        self.project
            .may_run_while_replaced(replaced, places, (self.path, &function))
    }
}

fn replaced(place: &str, what: &str) -> Refusal {
    Refusal::new(
        "patched-name",
        format!("`{place}` replaces `{what}` at run time, which would no longer have an effect."),
    )
    .remedy(format!("Change `{place}` first."))
}
