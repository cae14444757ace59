//! A template with guards around what the engine does not bound: joined texts, lists in lists, comparisons, the text in
//! loops. A guard is a filter, since a template can give its own meaning to a function but not to a filter. The places of
//! errors are led back to the template as it was written.

use std::ops::Range;

use minijinja::machinery::ast::{BinOp, BinOpKind, Call, CallArg, Compare, Expr, ForLoop, Stmt, UnaryOpKind};
use minijinja::machinery::{self, Span};
use minijinja::syntax::SyntaxConfig;

/// Texts that are joined by `~`: the first, those between, and the last.
pub const FIRST: &str = "kbc_first";
pub const NEXT: &str = "kbc_next";
pub const LAST: &str = "kbc_last";
/// The left side of `+` and `*`, and their right sides.
pub const LEFT: &str = "kbc_left";
pub const ADDED: &str = "kbc_added";
pub const TIMES: &str = "kbc_times";
/// What is walked over.
pub const LOOKED: &str = "kbc_looked";
/// Of a text, the characters before a part are walked over.
pub const LENGTH: &str = "kbc_length";
/// What is made by a macro, or cut out.
pub const CALLED: &str = "kbc_called";
/// What is set in a namespace.
pub const CARRIED: &str = "kbc_carried";
/// What a loop is over, with the bytes of text in it.
pub const ROUNDS: &str = "kbc_rounds";
/// Bytes of text outside of loops.
pub const WROTE: &str = "kbc_wrote";

/// A template with its guards.
pub struct Guarded {
    pub text: String,
    /// In the order of the text.
    edits: Vec<Edit>,
}

/// Something put into a template.
struct Edit {
    /// Where, in the template as it was written.
    at: usize,
    text: String,
    /// What it guards.
    of: Range<usize>,
}

impl Guarded {
    /// Puts guards around a template; `None` if it does not parse.
    pub fn of(template: &str, name: &str, syntax: SyntaxConfig) -> Option<Self> {
        let Ok(Stmt::Template(parsed)) = machinery::parse(template, name, syntax) else { return None };
        let mut guarding = Guarding { template, edits: Vec::new() };
        guarding.statements(&parsed.children);
        let Guarding { mut edits, .. } = guarding;
        let straight = text_in(&parsed.children);
        let begin = format!("{{% if {straight}|{WROTE} %}}{{% endif %}}\n");
        edits.push(Edit { at: 0, text: begin, of: 0..0 });
        // What is put at one place stays in the order of its parts: inner ones close first.
        edits.sort_by_key(|edit| edit.at);
        let mut text = String::with_capacity(template.len() + edits.len() * 16);
        let mut from = 0;
        for edit in &edits {
            text.push_str(&template[from..edit.at]);
            text.push_str(&edit.text);
            from = edit.at;
        }
        text.push_str(&template[from..]);
        Some(Self { text, edits })
    }

    /// The place in the template as it was written.
    pub fn written(&self, range: Range<usize>) -> Range<usize> {
        let (start, guarded) = self.place(range.start);
        if let Some(of) = guarded {
            return of;
        }
        let (end, guarded) = self.place(range.end.max(range.start + 1) - 1);
        let end = if range.is_empty() { start } else { end + 1 };
        start..guarded.map_or(end, |of| of.end).max(start)
    }

    /// The place of a byte, or what it guards if kbc put it there.
    fn place(&self, at: usize) -> (usize, Option<Range<usize>>) {
        let mut grown = 0;
        for edit in &self.edits {
            let begin = edit.at + grown;
            if at < begin {
                break;
            }
            if at < begin + edit.text.len() {
                return (edit.at, Some(edit.of.clone()));
            }
            grown += edit.text.len();
        }
        (at - grown, None)
    }
}

struct Guarding<'t> {
    template: &'t str,
    edits: Vec<Edit>,
}

fn range(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

/// The bytes of text that statements write once: not that of loops and macros in them.
fn text_in(statements: &[Stmt]) -> usize {
    let of = |statement: &Stmt| match statement {
        Stmt::EmitRaw(raw) => raw.raw.len(),
        Stmt::IfCond(branches) => text_in(&branches.true_body) + text_in(&branches.false_body),
        Stmt::ForLoop(repeated) => text_in(&repeated.else_body),
        Stmt::WithBlock(block) => text_in(&block.body),
        Stmt::SetBlock(block) => text_in(&block.body),
        Stmt::AutoEscape(block) => text_in(&block.body),
        Stmt::FilterBlock(block) => text_in(&block.body),
        Stmt::Block(block) => text_in(&block.body),
        Stmt::CallBlock(block) => text_in(&block.macro_decl.body),
        Stmt::Macro(_)
        | Stmt::Template(_)
        | Stmt::EmitExpr(_)
        | Stmt::Set(_)
        | Stmt::Extends(_)
        | Stmt::Include(_)
        | Stmt::Import(_)
        | Stmt::FromImport(_)
        | Stmt::Do(_) => 0,
    };
    statements.iter().map(of).sum()
}

impl Guarding<'_> {
    fn put(&mut self, at: usize, text: impl Into<String>, of: &Range<usize>) {
        self.edits.push(Edit { at, text: text.into(), of: of.clone() });
    }

    /// Hands what stands in a range to a filter.
    fn wrap(&mut self, inside: Range<usize>, filter: &str, of: &Range<usize>) {
        self.put(inside.start, "(", of);
        self.put(inside.end, format!(")|{filter}"), of);
    }

    fn statements(&mut self, statements: &[Stmt]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitExpr(emitted) => self.expression(&emitted.expr),
            Stmt::EmitRaw(_) => {}
            Stmt::ForLoop(repeated) => self.repeated(repeated),
            Stmt::IfCond(branches) => {
                self.expression(&branches.expr);
                self.statements(&branches.true_body);
                self.statements(&branches.false_body);
            }
            Stmt::WithBlock(block) => {
                block.assignments.iter().for_each(|(_, value)| self.expression(value));
                self.statements(&block.body);
            }
            Stmt::Set(set) => {
                self.expression(&set.expr);
                if matches!(set.target, Expr::GetAttr(_)) {
                    let inside = self.whole(&set.expr);
                    self.wrap(inside.clone(), CARRIED, &inside);
                }
            }
            Stmt::SetBlock(block) => {
                block.filter.iter().for_each(|filter| self.expression(filter));
                self.statements(&block.body);
            }
            Stmt::AutoEscape(block) => {
                self.expression(&block.enabled);
                self.statements(&block.body);
            }
            Stmt::FilterBlock(block) => {
                self.expression(&block.filter);
                self.statements(&block.body);
            }
            Stmt::Block(block) => self.statements(&block.body),
            Stmt::Import(import) => self.expression(&import.expr),
            Stmt::FromImport(import) => self.expression(&import.expr),
            Stmt::Extends(extends) => self.expression(&extends.name),
            Stmt::Include(include) => self.expression(&include.name),
            Stmt::Macro(defined) => {
                defined.defaults.iter().for_each(|value| self.expression(value));
                self.statements(&defined.body);
            }
            Stmt::CallBlock(block) => {
                self.call(&block.call);
                block.macro_decl.defaults.iter().for_each(|value| self.expression(value));
                self.statements(&block.macro_decl.body);
            }
            Stmt::Do(done) => self.call(&done.call),
        }
    }

    fn repeated(&mut self, repeated: &ForLoop) {
        self.expression(&repeated.iter);
        let bytes = text_in(&repeated.body);
        if bytes > 0 {
            let inside = self.whole(&repeated.iter);
            self.wrap(inside.clone(), &format!("{ROUNDS}({bytes})"), &inside);
        }
        repeated.filter_expr.iter().for_each(|filter| self.expression(filter));
        self.statements(&repeated.body);
        self.statements(&repeated.else_body);
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::Var(_) | Expr::Const(_) => {}
            Expr::Slice(slice) => {
                self.expression(&slice.expr);
                let bounds = [&slice.start, &slice.stop, &slice.step];
                bounds.into_iter().flatten().for_each(|bound| self.expression(bound));
                self.indexed(&slice.expr, range(slice.span()));
                let inside = self.begin(expression)..range(slice.span()).end;
                self.wrap(inside.clone(), CALLED, &inside);
            }
            Expr::UnaryOp(operation) => self.expression(&operation.expr),
            Expr::BinOp(operation) => self.operation(operation, range(operation.span())),
            Expr::Compare(compared) => self.compared(compared, &range(compared.span())),
            Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr);
                self.expression(&choice.true_expr);
                choice.false_expr.iter().for_each(|other| self.expression(other));
            }
            Expr::Filter(filter) => {
                filter.expr.iter().for_each(|expression| self.expression(expression));
                self.arguments(&filter.args);
            }
            Expr::Test(test) => {
                self.expression(&test.expr);
                self.arguments(&test.args);
            }
            Expr::GetAttr(part) => self.expression(&part.expr),
            Expr::GetItem(part) => {
                self.expression(&part.expr);
                self.expression(&part.subscript_expr);
                if !matches!(&part.subscript_expr, Expr::Const(key) if key.value.as_str().is_some()) {
                    self.indexed(&part.expr, range(part.span()));
                }
            }
            Expr::Call(call) => {
                self.call(call);
                if !matches!(&call.expr, Expr::Var(name) if name.id == "range") {
                    let inside = self.begin(expression)..range(call.span()).end;
                    self.wrap(inside.clone(), CALLED, &inside);
                }
            }
            Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) => self.written_out(expression),
        }
    }

    /// A list or map that is written out; one of constants is no larger than the template.
    fn written_out(&mut self, expression: &Expr) {
        let items: Vec<&Expr> = match expression {
            Expr::List(list) => list.items.iter().collect(),
            Expr::Tuple(tuple) => tuple.items.iter().collect(),
            Expr::Map(map) => map.keys.iter().chain(&map.values).collect(),
            _ => Vec::new(),
        };
        items.iter().for_each(|item| self.expression(item));
        if items.iter().any(|item| !matches!(item, Expr::Const(_))) {
            let inside = self.begin(expression)..range(expression.span()).end;
            self.wrap(inside.clone(), LOOKED, &inside);
        }
    }

    fn call(&mut self, call: &Call) {
        self.expression(&call.expr);
        self.arguments(&call.args);
        let again = matches!(&call.expr, Expr::Var(name) if name.id == "loop");
        for argument in call.args.iter().filter(|_| again || matches!(call.expr, Expr::GetAttr(_))) {
            let CallArg::Pos(value) = argument else { continue };
            let inside = self.whole(value);
            // The next level of a loop writes no more than the whole template.
            let filter = if again { format!("{ROUNDS}({})", self.template.len()) } else { LOOKED.to_owned() };
            self.wrap(inside.clone(), &filter, &inside);
        }
    }

    fn arguments(&mut self, arguments: &[CallArg]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(value)
                | CallArg::Kwarg(_, value)
                | CallArg::PosSplat(value)
                | CallArg::KwargSplat(value) => {
                    self.expression(value);
                }
            }
        }
    }

    /// What a part is taken of.
    fn indexed(&mut self, expression: &Expr, of: Range<usize>) {
        if !matches!(expression, Expr::Const(_)) {
            let inside = self.whole(expression);
            self.put(inside.start, "((", &of);
            self.put(inside.end, format!(")|{LENGTH})"), &of);
        }
    }

    fn operation(&mut self, operation: &BinOp, span: Range<usize>) {
        let (left, right) = (&operation.left, &operation.right);
        let (sign, [first, second]) = match operation.op {
            BinOpKind::Add => ('+', [LEFT, ADDED]),
            BinOpKind::Mul => ('*', [LEFT, TIMES]),
            BinOpKind::Concat => return self.joined(operation, span, LAST),
            BinOpKind::Eq
            | BinOpKind::Ne
            | BinOpKind::Lt
            | BinOpKind::Lte
            | BinOpKind::Gt
            | BinOpKind::Gte
            | BinOpKind::In => return self.pair(operation, &span),
            BinOpKind::ScAnd
            | BinOpKind::ScOr
            | BinOpKind::Sub
            | BinOpKind::Div
            | BinOpKind::FloorDiv
            | BinOpKind::Rem
            | BinOpKind::Pow => {
                self.expression(left);
                return self.expression(right);
            }
        };
        self.expression(left);
        let sign = self.sign_after(left, sign);
        self.put(span.start, "(", &span);
        self.put(sign, format!(")|{first} "), &span);
        self.put(sign + 1, "(", &span);
        self.expression(right);
        self.put(span.end, format!(")|{second}"), &span);
    }

    /// Texts in a row, which are not nested, however many they are.
    fn joined(&mut self, operation: &BinOp, span: Range<usize>, end: &str) {
        let sign = self.sign_after(&operation.left, '~');
        match &operation.left {
            Expr::BinOp(before)
                if matches!(before.op, BinOpKind::Concat)
                    && !self.template[range(before.span()).end..sign].contains(')') =>
            {
                self.joined(before, range(before.span()), NEXT);
            }
            left => {
                self.expression(left);
                self.put(span.start, "(", &span);
                self.put(sign, format!(")|{FIRST} "), &span);
            }
        }
        self.put(sign + 1, "(", &span);
        self.expression(&operation.right);
        self.put(span.end, format!(")|{end}"), &span);
    }

    /// Where the sign of an operation stands: behind its left side and the brackets around it.
    fn sign_after(&self, left: &Expr, sign: char) -> usize {
        let end = range(left.span()).end;
        self.template[end..].find(sign).map_or(end, |at| end + at)
    }

    /// Two values that are compared. A constant is no larger than the template.
    fn pair(&mut self, operation: &BinOp, span: &Range<usize>) {
        let (left, right) = (&operation.left, &operation.right);
        self.expression(left);
        self.expression(right);
        let is_in = matches!(operation.op, BinOpKind::In);
        let is_constant = |side: &Expr| matches!(side, Expr::Const(_));
        let sides = match (is_in, is_constant(left), is_constant(right)) {
            (_, _, true) | (false, true, _) => return,
            (true, true, false) => vec![right],
            _ => vec![left, right],
        };
        for side in sides {
            let inside = self.whole(side);
            self.wrap(inside, LOOKED, span);
        }
    }

    fn compared(&mut self, compared: &Compare, of: &Range<usize>) {
        let sides = std::iter::once(&compared.expr).chain(compared.ops.iter().map(|op| &op.expr));
        for side in sides {
            self.expression(side);
            if !matches!(side, Expr::Const(_)) {
                let inside = self.whole(side);
                self.wrap(inside, LOOKED, of);
            }
        }
    }

    /// Where an expression begins, without brackets around it. The engine's spans of some begin elsewhere.
    fn begin(&self, expression: &Expr) -> usize {
        match expression {
            Expr::Filter(filter) if filter.expr.is_some() => {
                filter.expr.as_ref().map_or(0, |inner| self.whole(inner).start)
            }
            Expr::Test(test) => self.whole(&test.expr).start,
            Expr::GetAttr(part) => self.whole(&part.expr).start,
            Expr::GetItem(part) => self.whole(&part.expr).start,
            Expr::Slice(slice) => self.whole(&slice.expr).start,
            Expr::Call(call) => self.whole(&call.expr).start,
            Expr::IfExpr(choice) => self.whole(&choice.true_expr).start,
            Expr::Compare(compared) => self.whole(&compared.expr).start,
            Expr::BinOp(operation) if is_comparison(operation.op) => self.whole(&operation.left).start,
            Expr::UnaryOp(operation) => match (&operation.op, &operation.expr) {
                // `a not in b` is read as `not (a in b)`.
                (UnaryOpKind::Not, inner @ Expr::BinOp(negated))
                    if matches!(negated.op, BinOpKind::In)
                        && !self.template[range(operation.span()).start..].starts_with("not") =>
                {
                    self.begin(inner)
                }
                _ => range(operation.span()).start,
            },
            Expr::Tuple(tuple) => {
                // Without brackets, the engine's span begins behind the first comma.
                let start = range(tuple.span()).start;
                tuple.items.first().map_or(start, |first| start.min(self.whole(first).start))
            }
            Expr::Var(_) | Expr::Const(_) | Expr::List(_) | Expr::Map(_) | Expr::BinOp(_) | Expr::Filter(_) => {
                range(expression.span()).start
            }
        }
    }

    /// An expression with the brackets around it that are its own: those that close right behind it and open right before.
    fn whole(&self, expression: &Expr) -> Range<usize> {
        let (mut start, mut end) = (self.begin(expression), range(expression.span()).end);
        loop {
            let before = self.template[..start].trim_end();
            let behind = &self.template[end..];
            let gap = behind.len() - behind.trim_start().len();
            let is_call = before.strip_suffix('(').is_none_or(|callee| {
                callee.trim_end().ends_with(|c: char| c.is_alphanumeric() || "_])".contains(c))
                    && !ends_with_word(callee)
            });
            if is_call || !behind.trim_start().starts_with(')') {
                return start..end;
            }
            start = before.len() - 1;
            end += gap + 1;
        }
    }
}

/// Does a text end with a word of the language, so that a bracket behind it is no call?
fn ends_with_word(text: &str) -> bool {
    let word = text.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    ["and", "or", "not", "in", "is", "if", "else", "elif", "recursive"].contains(&word)
}

fn is_comparison(op: BinOpKind) -> bool {
    match op {
        BinOpKind::Eq
        | BinOpKind::Ne
        | BinOpKind::Lt
        | BinOpKind::Lte
        | BinOpKind::Gt
        | BinOpKind::Gte
        | BinOpKind::In => true,
        BinOpKind::ScAnd
        | BinOpKind::ScOr
        | BinOpKind::Add
        | BinOpKind::Sub
        | BinOpKind::Mul
        | BinOpKind::Div
        | BinOpKind::FloorDiv
        | BinOpKind::Rem
        | BinOpKind::Pow
        | BinOpKind::Concat => false,
    }
}
