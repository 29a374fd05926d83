package winograd

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

func TestMicro(t *testing.T) {
	if os.Getenv("MICRO") == "" {
		t.Skip()
	}
	for _, ch := range []int{32, 64, 128, 256} {
		for _, rows := range []int{8, 12, 16, 24, 32, 36, 48, 64} {
			for _, points := range []int{1, 64} {
				dist := oddLines(ch * rows)
				v := make([]float32, (points+1)*dist+16)
				u := make([]float32, points*ch*ch+16)
				bestT := time.Hour
				reps := max(1, 30_000_000/(rows*ch*ch*points))
				for range 8 {
					c := cpuTime()
					for range reps {
						for p := range points {
							for b := 0; b < ch/16; b += 2 {
								kernel.Multiply(rows, 2, ch, v[(p+1)*dist:], 16, rows*16, u[p*ch*ch+b/2*ch*32:], v[p*dist+b*rows*16:], 16, rows*16, false)
							}
						}
					}
					bestT = min(bestT, cpuTime()-c)
				}
				fmt.Printf("ch %d rows %d points %d: %.0f GF/s\n", ch, rows, points, 2*float64(rows*ch*ch*points*reps)/bestT.Seconds()/1e9)
			}
		}
	}
}
