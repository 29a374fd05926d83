package kernel

import "math"

// Fill sets every value of dst to value.
func Fill(dst []float32, value float32) {
	if math.Float32bits(value) == 0 { // not for -0
		clear(dst)
		return
	}
	for i := range dst {
		dst[i] = value
	}
}

// Gather copies every step-th value of src, from the first on, until dst is full. step is at least 1.
func Gather(dst, src []float32, step int) {
	if step == 1 {
		copy(dst, src[:len(dst)])
		return
	}
	if len(dst) == 0 {
		return
	}
	src = src[:(len(dst)-1)*step+1]
	i := 0
	for j := range dst {
		dst[j] = src[i]
		i += step
	}
}

// Scatter copies src to every step-th value of dst, from the first on. step is at least 1.
func Scatter(dst, src []float32, step int) {
	if step == 1 {
		copy(dst[:len(src)], src)
		return
	}
	if len(src) == 0 {
		return
	}
	dst = dst[:(len(src)-1)*step+1]
	i := 0
	for _, value := range src {
		dst[i] = value
		i += step
	}
}
