//! Any program: a statement that is rebuilt comes back with the same tokens, also inside of a new
//! block.

#![no_main]

use aiolift::syntax::cst::{Piece, Rebuilt, Run, rebuild};
use aiolift::syntax::{Module, NodeId, PythonVersion, Ranged, TokenKind, Tree};
use libfuzzer_sys::fuzz_target;

const NEWEST: PythonVersion = PythonVersion {
    major: 3,
    minor: 15,
};
const LONGEST: usize = 4 * 1024;

fuzz_target!(|text: &str| {
    if text.len() > LONGEST {
        return;
    }
    let Ok(module) = Module::parse(text, NEWEST) else {
        return;
    };
    let tree = Tree::new(&module);
    let statements: Vec<NodeId> = tree
        .ids()
        .filter(|id| tree.node(*id).is_statement())
        .take(64)
        .collect();
    for statement in statements {
        let Some(run) = Run::single(&tree, statement) else {
            continue;
        };
        let kept = || Piece::Kept(0, Vec::new());
        if let Ok(rebuilt) = rebuild(&tree, run, &[kept()]) {
            assert_eq!(
                tokens(text).expect("it was parsed"),
                tokens(&spliced(text, &rebuilt)).expect("the result is a program"),
            );
        }
        let block = Piece::Block("if True:".to_owned(), vec![kept()]);
        if let Ok(rebuilt) = rebuild(&tree, run, &[block]) {
            tokens(&spliced(text, &rebuilt)).expect("the result is a program");
        }
    }
});

fn spliced(text: &str, rebuilt: &Rebuilt) -> String {
    let (from, to) = (
        rebuilt.range.start().to_usize(),
        rebuilt.range.end().to_usize(),
    );
    format!("{}{}{}", &text[..from], rebuilt.text, &text[to..])
}

/// The tokens of a program, without those of its layout.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let module = Module::parse(text, NEWEST).map_err(|error| error.message)?;
    let is_layout = |kind| {
        matches!(
            kind,
            TokenKind::Newline
                | TokenKind::NonLogicalNewline
                | TokenKind::Indent
                | TokenKind::Dedent
                | TokenKind::Semi
        )
    };
    Ok(module
        .tokens()
        .iter()
        .filter(|token| !is_layout(token.kind()))
        .map(|token| text[token.range()].to_owned())
        .collect())
}
