package plan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/vnlang/vn/compiler/plan"
)

func encoded(t testing.TB, text string) []byte {
	t.Helper()
	data, err := build(t, text).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDecode reads files that are no plans.
func TestDecode(t *testing.T) {
	good := string(encoded(t, small))
	replaced := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("there is no %s in the plan", from)
		}
		return strings.Replace(good, from, to, 1)
	}
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "unexpected end"},
		{"cut", good[:len(good)/2], "unexpected end"},
		{"no plan", `{"Graph": "graph g inference batch 1"}`, "holds no plan"},
		{"no graph", replaced(`"graph small`, `"small`), "file.json:1"},
		{"a wrong graph", replaced(`exp(both)`, `exp(x)`), "read plan file.json: value e"},
		{"another graph's anchor", replaced(`"Value": "left"`, `"Value": "q"`), `"q", which is no anchor`},
		{"an anchor of another kind", replaced(`"Value": "left"`, `"Value": "right"`), "not over the kernel's domain"},
		{"a number that is none", replaced(`"Offset": 32`, `"Offset": 1e99`), "1e99"},
		{"a rule broken", replaced(`"Offset": 32`, `"Offset": 33`), "kernel 0 (left)"},
		{"a strange constant", strings.Replace(string(encoded(t, constants)), `"+Inf"`, `"many"`, 1), `"many"`},
	} {
		_, err := plan.Decode("file.json", []byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "file.json") {
			t.Errorf("%s: the error is %v, want %q", c.name, err, c.want)
		}
	}
}

// A file cannot ask for more memory than 2^40 bytes, whatever its graph says.
func TestDecodeHuge(t *testing.T) {
	const huge = `graph huge inference batch 1
  x = input name "x" f32[x 1099511627776]
  y = exp(x) f32[x 1099511627776]
  s = sum(y) axes "x" f32[]
  output s = s
`
	data, err := json.Marshal(map[string]any{"Graph": huge, "Plan": map[string]any{
		"Name": "huge", "Mode": "inference", "Batch": 1,
		"Buffers": []any{map[string]any{"Name": "x", "Class": "input", "Type": map[string]any{
			"DType": "f32", "Axes": []any{map[string]any{"Name": "x", "Size": 1 << 40}},
		}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Decode("huge.json", data); err == nil || !strings.Contains(err.Error(), "2^40 bytes") {
		t.Errorf("the error is %v", err)
	}
}

// A few bytes of JSON stand for a large struct: a file cannot ask for more of them than its graph can need.
func TestDecodeBomb(t *testing.T) {
	for _, list := range []string{"Kernels", "Buffers"} {
		data := []byte(`{"Graph":"graph g inference batch 1\n","Plan":{"` + list + `":[` + strings.Repeat("{},", 1<<16) + `{}]}}`)
		if _, err := plan.Decode("bomb.json", data); err == nil || !strings.Contains(err.Error(), "more than its graph of 1 lines can need") {
			t.Errorf("%s: the error is %v", list, err)
		}
	}
	lines := strings.Repeat(`  a = constant f32[]\n`, 1<<18)
	if _, err := plan.Decode("long.json", []byte(`{"Graph":"`+lines+`"}`)); err == nil || !strings.Contains(err.Error(), "262144 lines") {
		t.Errorf("the error is %v", err)
	}
}

// FuzzDecode reads any bytes: what is taken obeys the rules, and is written and read again as it is.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, small))
	f.Add(encoded(f, constants))
	for _, archive := range archives(f) {
		f.Add(encoded(f, string(archive.Files[0].Data)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := plan.Decode("fuzz.json", data)
		if err != nil {
			return
		}
		again, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		q, err := plan.Decode("again.json", again)
		if err != nil {
			t.Fatalf("it is taken once, and then: %v", err)
		}
		if p.String() != q.String() {
			t.Errorf("it is read as\n%s\nand then as\n%s", p, q)
		}
	})
}
