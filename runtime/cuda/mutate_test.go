//go:build cuda

package cuda

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	codegen "github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/runtime/devicetest"
)

// mutated returns a graph: a convolution to 32 channels with what rides on it, and the gradient of its weights.
func mutated(in int) string {
	return strings.NewReplacer("IN", strconv.Itoa(in), "SPACE", "z 5, y 17, x 33", "WINDOW",
		"stride 1,1,1 padlow 2,2,2 padhigh 2,2,2 dilation 1,1,1 groups 1").Replace(`graph g training batch 1
  x = input name "x" f32[batch 1, channel IN, SPACE]
  w = parameter name "w" init "zeros" f32[out 32, in IN, z 5, y 5, x 5]
  bias = parameter name "bias" init "zeros" f32[channel 32]
  all = neg(x) f32[batch 1, channel IN, SPACE]
  u = convolve(all, w) WINDOW f32[batch 1, channel 32, SPACE]
  b = broadcast(bias) f32[batch 1, channel 32, SPACE]
  y = add(u, b) f32[batch 1, channel 32, SPACE]
  again = abs(y) f32[batch 1, channel 32, SPACE]
  s = sum(y) axes "batch","z","y","x" f32[channel 32]
  g = convolve_weight(all, y) WINDOW kernel 5,5,5 f32[out 32, in IN, z 5, y 5, x 5]
  output again = again
  output s = s
  output g = g
`)
}

// mutation is a mistake in an emitted kernel: what a regular expression finds first behind the words of a launch's comment,
// replaced.
type mutation struct {
	capability string // of the stand-in
	in         int    // channels of the convolution, which decide on its kernels
	kernel     string
	name       string
	find       string
	replace    string
}

var mutations = []mutation{
	{"8.0", 16, "", "none", ``, ``}, // nothing is found where nothing is planted
	{"8.0", 48, "", "none", ``, ``},
	{"9.0", 16, "", "none", ``, ``},
	{"9.0", 32, "", "none", ``, ``},

	{"8.0", 16, "pack", "no barrier", `__syncthreads\(\);`, ``},
	{"8.0", 16, "mma bf16", "waits for one group too few", `vn_cp_wait<1>`, `vn_cp_wait<2>`},
	{"8.0", 16, "mma bf16", "no wait", `vn_cp_wait<1>\(\);`, ``},
	{"8.0", 48, "mma bf16", "no barrier after the wait", `(vn_cp_wait<1>\(\);\s*)__syncthreads\(\);`, `$1`},
	{"8.0", 16, "mma bf16", "a group is not committed", `vn_cp_commit\(\);`, ``},
	{"8.0", 16, "mma bf16", "padding not zero", `inside \? 16 : 0\)`, `16)`},
	{"8.0", 16, "mma bf16", "padding of an axis forgotten", `y >= 0 && `, ``},
	{"8.0", 16, "mma bf16", "wrong pitch of a row", `x \+ y \* 33`, `x + y * 34`},
	{"8.0", 16, "mma bf16", "weights of another stage", `\(step % 3\) \* `, `((step + 1) % 3) * `},
	{"8.0", 16, "mma bf16", "voxels outside stored", `y < 17 && x < 33\)`, `y < 17)`},
	{"8.0", 16, "mma bf16", "rows of a fragment exchanged", `acc\[i\]\[j\]\[2 \* h\]`, `acc[i][j][2 - 2 * h]`},
	{"8.0", 48, "mma bf16", "a split without its weights", `split \* 25`, `0`},
	{"8.0", 48, "add splits", "a split too few", `split < 3`, `split < 2`},
	{"8.0", 16, "finish", "no barrier", `__syncthreads\(\);`, ``},
	{"8.0", 16, "mma weight gradient", "no wait", `vn_cp_wait<0>\(\);`, ``},
	{"8.0", 16, "mma weight gradient", "no barrier after the wait", `(vn_cp_wait<0>\(\);\s*)__syncthreads\(\);`, `$1`},
	{"8.0", 16, "mma weight gradient", "no barrier before the next column", `(at \+= z1 - z0;\s*)__syncthreads\(\);`, `$1`},
	{"8.0", 16, "mma weight gradient", "padding not zero", `inside \? 16 : 0\)`, `16)`},
	{"8.0", 16, "mma weight gradient", "a plane over one that is read", `(vn_cp_wait<0>[^%]*)p % 3`, `${1}p % 2`},
	{"8.0", 16, "mma weight gradient", "not transposed", `vn_ldsm2t`, `vn_ldsm2`},
	{"8.0", 16, "mma weight gradient", "shares over each other", `\(long long\)blockIdx\.y \* `, `0 * `},
	{"8.0", 16, "add shares", "no barrier", `__syncthreads\(\);`, ``},

	{"9.0", 32, "wgmma", "weights given back before they are read", `vn_gmma_wait<0>\(\);`, ``},
	{"9.0", 32, "wgmma", "fragments overwritten before they are read", `vn_gmma_wait<1>\(\);`, ``},
	{"9.0", 32, "wgmma", "no fence", `vn_gmma_fence\(\);`, ``},
	{"9.0", 32, "wgmma", "not committed", `vn_gmma_commit\(\);`, ``},
	{"9.0", 32, "wgmma", "parity of an empty barrier", `\(s / 8 & 1\) \^ 1`, `(s / 8 & 1)`},
	{"9.0", 32, "wgmma", "too few bytes expected", `vn_mbar_expect\(full \+ 8 \* i, STAGE\)`, `vn_mbar_expect(full + 8 * i, STAGE - 16)`},
	{"9.0", 32, "wgmma", "halo read without waiting", `vn_mbar_wait\(halo_full[^;]*;`, ``},
	{"9.0", 32, "wgmma", "weights read without waiting", `vn_mbar_wait\(full[^;]*;`, ``},
	{"9.0", 32, "wgmma", "offsets of a descriptor exchanged", `256, 128\)`, `128, 256)`},
	{"9.0", 32, "wgmma", "origin of a box", `y0 - 2, z0 - 2`, `y0 - 1, z0 - 2`},
	{"9.0", 32, "wgmma", "a barrier of half of the arrivals", `vn_mbar_init\(free \+ 8 \* i, 8\)`, `vn_mbar_init(free + 8 * i, 4)`},
	{"9.0", 32, "wgmma", "stages never given back", `if \(lane == 0 && s > 0\) vn_mbar_arrive[^;]*;`, ``},
	{"9.0", 32, "wgmma", "sums read before they are there", `(\}\s*)__syncthreads\(\);(\s*for \(int i = threadIdx)`, `$1$2`},
}

// TestMutations plants faults in emitted kernels, one at a time: each must be found, by the stand-in or in the numbers, in
// one of three orders of the threads. An error of the device is for the life of a process, so that each has its own.
func TestMutations(t *testing.T) {
	if number := os.Getenv("VN_TEST_MUTATION"); number != "" {
		i, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(mutate(t, mutations[i]))
		return
	}
	if gpus, _, err := List(); testing.Short() || err != nil || !strings.Contains(gpus[0].Name, "stand-in") {
		t.Skip("faults are for the stand-in")
	}
	for i, m := range mutations {
		t.Run(fmt.Sprintf("%s/%d/%s/%s", m.capability, m.in, m.kernel, m.name), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestMutations$", "-test.v")
			c.Env = append(os.Environ(), "VN_TEST_MUTATION="+strconv.Itoa(i), "VN_STANDIN_SM="+m.capability, "XDG_CACHE_HOME="+t.TempDir())
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			found := strings.Contains(string(out), "found: ")
			if wanted := m.name != "none"; found != wanted {
				t.Errorf("found is %v:\n%s", found, out)
			}
		})
	}
}

// mutate runs the plan with a fault in it, and says how that was found.
func mutate(t *testing.T, f mutation) string {
	d, err := New(Options{Precision: codegen.BF16})
	if err != nil {
		t.Fatal(err)
	}
	g, err := ir.Parse("mutated.ir", mutated(f.in), op.Lookup)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(g)
	if err != nil {
		t.Fatal(err)
	}
	m, err := codegen.Emit(p, d.options)
	if err != nil {
		t.Fatal(err)
	}
	if f.name != "none" {
		m.Text = planted(t, m.Text, f)
	}
	processor := cpu.New(0)
	defer processor.Close()
	vs, step := devicetest.Variables(t, processor, 7, p), devicetest.NewStep(p, 7)
	exact, err := processor.Open(p, vs)
	if err == nil {
		err = exact.Run(step)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := step.Outputs
	vs, step = devicetest.Variables(t, d, 7, p), devicetest.NewStep(p, 7)
	s, err := d.openModule(m, p, vs)
	if err != nil {
		t.Fatal(err) // a fault is no mistake of C++
	}
	for _, order := range []string{"fwd", "rev", "rand:1"} {
		t.Setenv("VN_SCHED", order)
		if err := s.Run(step); err != nil {
			return "found: " + order + ": " + err.Error()
		}
		for name, w := range want {
			if off, norm := devicetest.Distance(step.Outputs[name], w); !(off < 1e-2*norm) {
				return fmt.Sprintf("found: %s: %s is off by %.3g of its norm %.3g", order, name, off, norm)
			}
		}
	}
	return "nothing"
}

// planted returns the text with a fault in it.
func planted(t *testing.T, text string, f mutation) string {
	kernel := regexp.MustCompile(`(?m)^//   ` + f.kernel).FindStringIndex(text)
	if kernel == nil {
		t.Fatalf("there is no kernel %q", f.kernel)
	}
	find := regexp.MustCompile(f.find)
	part := text[kernel[0]:]
	at := find.FindStringSubmatchIndex(part)
	if at == nil {
		t.Fatalf("there is nothing like %s", f.find)
	}
	return text[:kernel[0]+at[0]] + string(find.ExpandString(nil, f.replace, part, at)) + part[at[1]:]
}
