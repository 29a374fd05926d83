package train

import (
	"strings"
	"testing"
)

// A run that computes otherwise is told by what flags it would go on.
func TestCompareDevices(t *testing.T) {
	for _, c := range []struct{ was, is, want string }{
		{"bf16", "bf16", ""},
		{"bf16", "", "it ran with --device cuda --precision bf16, and this is with --device cpu; restore"},
		{"", "fp16", "it ran with --device cpu, and this is with --device cuda --precision fp16; restore"},
		{"exact", "tf32", "it ran with --device cpu --exact, and this is with --device cuda --precision tf32; restore"},
	} {
		was, err := identity{Device: c.was, Plan: "one", Variables: map[string][]int{"loss_scale": {}}}.encode()
		if err != nil {
			t.Fatal(err)
		}
		now := identity{Device: c.is, Plan: "one", Variables: map[string][]int{"loss_scale": {}}}
		if c.was != c.is { // which the other device has of it, and is not worth a word
			now.Plan, now.Variables = "another", map[string][]int{"w": {1}}
		}
		err = now.compare(was)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("from %q to %q: %v, want %q", c.was, c.is, err, c.want)
		}
	}
}
