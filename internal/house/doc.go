// Package house holds the rules of the repository as tests: who may import
// whom, where unsafe and assembly live, that every ordering label has two ends
// and every exported symbol a comment.
package house
