//! Strings that show the text of the expressions in them.

use super::{FileView, Refusal};
use crate::edit::Change;
use crate::syntax::{AnyNodeRef, NodeId, Ranged, TextRange, TextSize};

/// Refuses an expression whose text is a value of the program: it stands in `f"{…=}"`, or in a
/// template string, which keeps the text of what is interpolated (`Interpolation.expression`, PEP 750).
pub fn check_text(id: NodeId, file: &FileView<'_>) -> Result<(), Refusal> {
    let tree = file.tree;
    let shown = tree
        .ancestors(id)
        .take_while(|above| !tree.node(*above).is_statement())
        .find(|above| match tree.node(*above) {
            AnyNodeRef::InterpolatedElement(element) => element.debug_text.is_some(),
            AnyNodeRef::ExprTString(_) => true,
            _ => false,
        });
    match shown {
        None => Ok(()),
        Some(shown) => Err(Refusal::new(
            "text-is-shown",
            "The text of this call is part of what the string says.",
        )
        .evidence(tree.node(shown).range(), "shows the text")
        .remedy("Give the result a name, and use that in the string.")),
    }
}

/// Refuses to edit at some places that stand in such a string.
pub fn check_texts(
    places: impl Iterator<Item = TextRange>,
    file: &FileView<'_>,
) -> Result<(), Refusal> {
    for place in places {
        let start = TextRange::at(place.start(), TextSize::new(1));
        if let Some(first) = file.tree.starting_in(start).next() {
            check_text(first, file)?;
        }
    }
    Ok(())
}

/// The change of a site, if neither the site nor what is edited for it stands in such a string.
pub(super) fn keeps(change: Change, site: NodeId, file: &FileView<'_>) -> Result<Change, Refusal> {
    check_text(site, file)?;
    let edited = change.edits.iter().map(|edit| edit.range);
    check_texts(edited.chain(change.covers.iter().copied()), file)?;
    Ok(change)
}
