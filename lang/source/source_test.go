package source

import "testing"

func TestPosition(t *testing.T) {
	f := NewFile("a.vn", "ab\n\nçd\r\ne")
	tests := []struct{ offset, line, column int }{
		{0, 1, 1}, {1, 1, 2}, {2, 1, 3}, {3, 2, 1}, {4, 3, 1}, {6, 3, 3}, {9, 4, 1}, {10, 4, 2}, {11, 4, 2}, {-1, 1, 1},
	}
	for _, test := range tests {
		if line, column := f.Position(test.offset); line != test.line || column != test.column {
			t.Errorf("offset %d stands at %d:%d, want %d:%d", test.offset, line, column, test.line, test.column)
		}
	}
	if line, column := NewFile("a.vn", "").Position(0); line != 1 || column != 1 {
		t.Errorf("an empty file begins at %d:%d", line, column)
	}
}

func TestLine(t *testing.T) {
	f := NewFile("a.vn", "ab\n\nçd\r\ne")
	for i, want := range []string{"", "ab", "", "çd", "e", ""} {
		if got := f.Line(i); got != want {
			t.Errorf("line %d is %q, want %q", i, got, want)
		}
	}
	if got := NewFile("a.vn", "a\n").Line(2); got != "" {
		t.Errorf("the line behind the last is %q", got)
	}
}

func TestSpan(t *testing.T) {
	f := NewFile("a.vn", "x = f(y)\nz")
	call := Span{f, 4, 8}
	if got := call.Text(); got != "f(y)" {
		t.Errorf("the span covers %q", got)
	}
	if got := (Span{f, 0, 1}).To(call).Text(); got != "x = f(y)" {
		t.Errorf("from x to the call is %q", got)
	}
	if got := (Span{f, 9, 10}).String(); got != "a.vn:2:1" {
		t.Errorf("z stands at %s", got)
	}
	if got := (Span{f, 9, 99}).Text(); got != "z" {
		t.Errorf("a span past the end covers %q", got)
	}
	if got := (Span{f, 99, 120}).Text(); got != "" {
		t.Errorf("a span behind the end covers %q", got)
	}
	var none Span
	if none.Known() || none.Text() != "" || none.String() != "-" || none.Position() != (Position{}) {
		t.Errorf("the zero span is %v", none)
	}
	if !call.Known() {
		t.Error("a span of a file is not known")
	}
}
