package ir

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/vnlang/vn/lang/source"
)

// scanner reads one line of a graph's text. Its methods skip the space before what they read.
type scanner struct {
	text string
	at   int
}

// rest returns what has not been read yet, without the space in front.
func (s *scanner) rest() string {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
	return s.text[s.at:]
}

// accept reads a mark if it comes next.
func (s *scanner) accept(mark string) bool {
	if !strings.HasPrefix(s.rest(), mark) {
		return false
	}
	s.at += len(mark)
	return true
}

// expect reads a mark that has to come next.
func (s *scanner) expect(mark string) error {
	if !s.accept(mark) {
		return fmt.Errorf("expected %q, found %s", mark, s.found())
	}
	return nil
}

// found describes what comes next, for a message.
func (s *scanner) found() string {
	text := s.rest()
	if text == "" {
		return "the end of the line"
	}
	if end := strings.IndexAny(text, " \t"); end > 0 {
		text = text[:end]
	}
	return strconv.Quote(text)
}

// peekWord returns the word that comes next, without reading it; it is empty when none does.
func (s *scanner) peekWord() string {
	text := s.rest()
	end := 0
	for end < len(text) && wordByte(text[end], end == 0) {
		end++
	}
	return text[:end]
}

// word reads a word; what says what it stands for.
func (s *scanner) word(what string) (string, error) {
	w := s.peekWord()
	if w == "" {
		return "", fmt.Errorf("expected %s, found %s", what, s.found())
	}
	s.at += len(w)
	return w, nil
}

// name reads a word or a quoted string.
func (s *scanner) name(what string) (string, error) {
	if strings.HasPrefix(s.rest(), `"`) {
		return s.quoted()
	}
	return s.word(what)
}

// quoted reads a string in quotes.
func (s *scanner) quoted() (string, error) {
	prefix, err := strconv.QuotedPrefix(s.rest())
	if err != nil || prefix[0] != '"' {
		return "", fmt.Errorf("expected a string in quotes, found %s", s.found())
	}
	s.at += len(prefix)
	return strconv.Unquote(prefix)
}

// number reads the characters up to a space or one of the marks "],#:".
func (s *scanner) number() string {
	text := s.rest()
	end := strings.IndexAny(text, " \t],#:")
	if end < 0 {
		end = len(text)
	}
	s.at += end
	return text[:end]
}

// integer reads a whole number.
func (s *scanner) integer() (int, error) {
	text := s.number()
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("expected a whole number, found %q", text)
	}
	return n, nil
}

// float reads a number.
func (s *scanner) float() (float64, error) {
	text := s.number()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("expected a number, found %q", text)
	}
	return x, nil
}

// axes reads a list of axes with its brackets.
func (s *scanner) axes() ([]Axis, error) {
	if err := s.expect("["); err != nil {
		return nil, err
	}
	if s.accept("]") {
		return nil, nil
	}
	axes, err := list(s, func() (a Axis, err error) {
		if a.Name, err = s.word("the name of an axis"); err == nil {
			a.Size, err = s.integer()
		}
		return a, err
	})
	if err != nil {
		return nil, err
	}
	return axes, s.expect("]")
}

// list reads one element or more, with commas between them.
func list[T any](s *scanner, element func() (T, error)) ([]T, error) {
	var l []T
	for {
		x, err := element()
		if err != nil {
			return nil, err
		}
		l = append(l, x)
		if !s.accept(",") {
			return l, nil
		}
	}
}

// dtype reads the name of an element type.
func (s *scanner) dtype() (DType, error) {
	name, err := s.name("a dtype")
	return DType(name), err
}

// value reads an attribute of the given type.
func (s *scanner) value(t reflect.Type) (any, error) {
	switch t {
	case reflect.TypeFor[int]():
		return s.integer()
	case reflect.TypeFor[float64]():
		return s.float()
	case reflect.TypeFor[string]():
		return s.quoted()
	case reflect.TypeFor[bool]():
		return strconv.ParseBool(s.number())
	case reflect.TypeFor[DType]():
		return s.dtype()
	case reflect.TypeFor[[]int]():
		return list(s, s.integer)
	case reflect.TypeFor[[]string]():
		return list(s, func() (string, error) { return s.name("a name") })
	case reflect.TypeFor[[]Axis]():
		return s.axes()
	}
	return nil, fmt.Errorf("the text form knows no attributes of the type %s", t)
}

// position reads a place in a source text.
func (s *scanner) position() (source.Position, error) {
	if s.accept("- ") || s.rest() == "-" && s.accept("-") {
		return source.Position{}, nil
	}
	var p source.Position
	text := s.rest()
	var err error
	if strings.HasPrefix(text, `"`) {
		if p.File, err = s.quoted(); err != nil {
			return p, err
		}
	} else {
		end := strings.IndexAny(text, " \t")
		if end < 0 {
			end = len(text)
		}
		// The file's name may hold colons itself: the last two stand before the numbers.
		end = strings.LastIndexByte(text[:end], ':')
		end = strings.LastIndexByte(text[:max(0, end)], ':')
		if end < 0 {
			return p, fmt.Errorf("expected a position such as file:1:2, found %s", s.found())
		}
		p.File = text[:end]
		s.at += end
	}
	for _, n := range []*int{&p.Line, &p.Column} {
		if !s.accept(":") {
			return p, errors.New("a position ends before its line and its column")
		}
		if *n, err = s.integer(); err != nil {
			return p, err
		}
	}
	return p, nil
}
