/* What the kernel covers, by the names of the tables in Python: one list each, in C and, as text, for Python.
 *
 * X(name in the table, name in C); an activation has besides the name of its function.
 */
#ifndef STEPVIZ_TABLES_H
#define STEPVIZ_TABLES_H

#define UNITS(X)                                                                                                      \
    X("step", step, step) X("sign", sign, sign) X("sigmoid", sigmoid, sigmoid) X("tanh", tanh, tanh)                  \
    X("relu", relu, relu) X("leaky-relu", leaky_relu, leaky) X("prelu", prelu, leaky) X("elu", elu, elu)              \
    X("selu", selu, selu) X("softplus", softplus, softplus) X("gelu", gelu, gelu)                                     \
    X("gelu-tanh", gelu_tanh, gelu_tanh) X("silu", silu, silu) X("mish", mish, mish)                                  \
    X("hard-sigmoid", hard_sigmoid, hard_sigmoid) X("hard-tanh", hard_tanh, hard_tanh)                                \
    X("softsign", softsign, softsign) X("sine", sine, sine) X("gaussian", gaussian, gaussian)                         \
    X("linear", linear, linear)
#define RULES(X)                                                                                                  \
    X("true", true) X("straight-through", straight_through)                                                       \
    X("clipped-straight-through", clipped_straight_through) X("relu-ste", relu_ste)                               \
    X("clipped-relu-ste", clipped_relu_ste) X("sigmoid-surrogate", sigmoid_surrogate)                             \
    X("fast-sigmoid", fast_sigmoid) X("arctan", arctan) X("triangle", triangle)
#define LOSSES(X)                                                                                                 \
    X("squared-error", squared_error) X("binary-cross-entropy", binary_cross_entropy)                             \
    X("softmax-cross-entropy", softmax_cross_entropy) X("hinge", hinge)
#define OPTIMIZERS(X)                                                                                             \
    X("sgd", sgd) X("momentum", momentum) X("nesterov", nesterov) X("adagrad", adagrad) X("rmsprop", rmsprop)     \
    X("adam", adam) X("adamw", adamw)
#define SCHEDULES(X)                                                                                              \
    X("constant", constant) X("step", step) X("exponential", exponential) X("cosine", cosine) X("warm-up", warm_up)
#define SLOPES(X) X("none", none) X("linear", linear) X("exponential", exponential) X("steps", steps)
#define CLIPPINGS(X) X("none", none) X("norm", norm) X("value", value)

#define ENTRY(name, code, like) UNIT_##code,
enum { UNITS(ENTRY) };
#undef ENTRY
#define ENTRY(name, code) RULE_##code,
enum { RULES(ENTRY) };
#undef ENTRY
#define ENTRY(name, like) LOSS_##like,
enum { LOSSES(ENTRY) };
#undef ENTRY
#define ENTRY(name, like) OPTIMIZER_##like,
enum { OPTIMIZERS(ENTRY) };
#undef ENTRY
#define ENTRY(name, like) SCHEDULE_##like,
enum { SCHEDULES(ENTRY) };
#undef ENTRY
#define ENTRY(name, like) SLOPE_##like,
enum { SLOPES(ENTRY) };
#undef ENTRY
#define ENTRY(name, like) CLIPPING_##like,
enum { CLIPPINGS(ENTRY) };
#undef ENTRY

#endif
