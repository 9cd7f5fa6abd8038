//! The tokens of a text, of which one is looked ahead, and the brackets that are open.

use async_graphql::{Name, Pos, Positioned};

use super::lexer::{Kind, Lexer, Token};
use super::{Fault, NESTING, Result};

pub(super) struct Reader<'a> {
    lexer: Lexer<'a>,
    next: Token<'a>,
    /// Brackets that are open.
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self> {
        let mut lexer = Lexer::new(text);
        let next = lexer.next()?;
        Ok(Self {
            lexer,
            next,
            depth: 0,
        })
    }

    pub(super) fn name(&mut self) -> Result<Positioned<Name>> {
        let Kind::Name(name) = *self.peek() else {
            return Err(self.unexpected());
        };
        let pos = self.take()?.pos;
        Ok(Positioned::new(Name::new(name), pos))
    }

    /// Takes this mark, which must be next.
    pub(super) fn mark(&mut self, mark: char) -> Result<()> {
        if !self.is_at(mark) {
            return Err(self.unexpected());
        }
        self.take().map(|_mark| ())
    }

    /// Takes an opening mark, what `item` takes as often as it can, and the closing mark.
    pub(super) fn nested(
        &mut self,
        open: char,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.deeper(|reader| {
            reader.mark(open)?;
            while !reader.is_at(close) {
                item(reader)?;
            }
            reader.mark(close)
        })
    }

    /// As [`nested`](Self::nested), with one item at least.
    pub(super) fn nested_some(
        &mut self,
        open: char,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.deeper(|reader| {
            reader.mark(open)?;
            item(reader)?;
            while !reader.is_at(close) {
                item(reader)?;
            }
            reader.mark(close)
        })
    }

    /// Counts a level of brackets while `within` reads what is in it.
    pub(super) fn deeper(&mut self, within: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.depth += 1;
        if self.depth > NESTING {
            return Err(Fault::Nesting);
        }
        within(self)?;
        self.depth -= 1;
        Ok(())
    }

    pub(super) const fn peek(&self) -> &Kind<'a> {
        &self.next.kind
    }

    pub(super) const fn pos(&self) -> Pos {
        self.next.pos
    }

    pub(super) fn is_at(&self, mark: char) -> bool {
        *self.peek() == Kind::Mark(mark)
    }

    pub(super) fn take(&mut self) -> Result<Token<'a>> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    /// The token at hand is not the one that should be there.
    pub(super) fn unexpected(&self) -> Fault {
        Fault::unexpected(self.next.rest, self.next.pos)
    }
}
