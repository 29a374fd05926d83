package workbench

import (
	"strings"
	"testing"
)

// Check reports what running a model does not reach, each mistake once.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, text string
		set        map[string]string
		want       []string // the codes, in the order of the text
	}{
		{"right", small, nil, nil},
		{"a stage that nothing uses", strings.Replace(small, "    stage output", "    stage b = a\n    stage output", 1), nil, []string{"name/unused"}},
		{"a block that nothing calls", small + "block f(x) {\n    return nothing(x)\n}\n", nil, []string{"name/unknown"}},
		{"a constant that nothing uses", small + "n = 1 / 0\n", nil, []string{"limit/number"}},
		{"data that nothing uses", small + "data D {\n    image = \"*.mhd\"\n    label = \"*.mhd\"\n    spacing = [1mm, 1mm, 1mm]\n}\n", nil, []string{"data/pattern"}},
		{"a size", strings.Replace(small, "prepare =", "size = [8, 8, 8]\n    prepare =", 1), nil, []string{"train/size"}},
		{"a size set from outside", strings.Replace(small, "prepare =", "size = [8, 8, 4]\n    prepare =", 1), map[string]string{"image": "1, 16, 8, 8"}, nil},
		{"a setting of no model", small, map[string]string{"depth": "3"}, []string{"call/unexpected"}},
		{"a setting of one of two models", small + "model Other(x: tensor[1, 8, 8]) {\n    return x\n}\n", map[string]string{"width": "3"}, nil},
	} {
		found, err := Check(write(t, "net.vn", c.text), c.set)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var got []string
		for _, d := range found {
			got = append(got, string(d.Code))
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%s: the codes are %v, not %v:\n%v", c.name, got, c.want, found)
		}
	}
}
