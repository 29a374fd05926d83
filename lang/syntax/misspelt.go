package syntax

import (
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/spell"
)

// foreignWords are what other languages say, and what to write here.
var foreignWords = map[string]string{
	"def": "block", "func": "block", "fn": "block", "function": "block", "fun": "block", "proc": "block",
	"class": "model", "network": "model", "net": "model", "module": "model", "dataset": "data", "fit": "train",
	"let": "", "var": "", "const": "", "val": "", "auto": "", "int": "", "float": "", "tensor": "",
	"while": "for", "foreach": "for", "repeat": "for", "elif": "else if", "elsif": "else if", "elseif": "else if",
	"otherwise": "else", "from": "import", "include": "import", "use": "import", "using": "import",
	"assert": "require", "check": "require", "yield": "return", "layer": "stage", "step": "stage",
}

// misspelt explains a word that stands where a keyword should.
func (p *place) misspelt() *diag.Diagnostic {
	word, t := p.previous(), p.here()
	if word.Type != identToken || p.inBrackets() || !p.startsStatement(-1) || !p.likeKeyword() {
		return nil
	}
	as, known := foreignWords[word.Value]
	if known && as == "" {
		d := errorf("syntax/keyword", p.span(-1), "a binding needs no word before its name")
		d.Help = "write `name = value`"
		return d
	}
	if !known {
		words := stmtWords
		if len(p.open) == 0 {
			words = declWords
		}
		as, known = spell.Nearest(word.Value, words)
	}
	if !known {
		as, known = spell.Nearest(word.Value, Keywords)
	}
	if known && (!p.end() || len(word.Value) > 3) {
		d := errorf("syntax/keyword", p.span(-1), "`%s` is no keyword", word.Value)
		d.Help = "did you mean `" + as + "`?"
		return d
	}
	if !beginsValue(t) || p.fresh(0) {
		return nil
	}
	d := errorf("syntax/assignment", p.span(0), "a `=` is missing between %s and %s", quoted(word), quoted(t))
	d.Help = "write `" + word.Value + " = ...`"
	if len(p.open) == 0 {
		d.Help += "; a declaration begins with " + or(declWords[:4])
	}
	return d
}

// likeKeyword reports whether what follows the word before the place is what follows a keyword.
func (p *place) likeKeyword() bool {
	t := p.here()
	switch {
	case t.Value == "{":
		return true
	case p.inSettings():
		return false
	case t.Value == ":":
		return p.fresh(1)
	}
	return p.end() || beginsValue(t) || t.Type == keywordToken
}
