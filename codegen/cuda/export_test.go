package cuda

// Prelude is for the goldens, which leave it out.
var Prelude = prelude
