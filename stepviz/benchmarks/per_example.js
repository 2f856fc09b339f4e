// A network of node and link objects that takes one example at a time, as teaching tools in a browser do: what
// `stepviz bench` compares the training step with. Prints microseconds per update at the batch sizes given.
"use strict";

function network(widths) {
  const layers = widths.map((width) =>
    Array.from({ length: width }, () => ({ bias: 0.1, total: 0, output: 0, delta: 0, biasSum: 0, inputs: [], outputs: [] })));
  for (let l = 1; l < layers.length; l++)
    for (const node of layers[l])
      for (const source of layers[l - 1]) {
        const link = { source, target: node, weight: Math.random() - 0.5, sum: 0 };
        node.inputs.push(link);
        source.outputs.push(link);
      }
  return layers;
}

function forward(layers, example) {
  layers[0].forEach((node, i) => { node.output = example.x[i]; });
  for (let l = 1; l < layers.length; l++)
    for (const node of layers[l]) {
      node.total = node.bias;
      for (const link of node.inputs) node.total += link.weight * link.source.output;
      node.output = Math.tanh(node.total);
    }
}

function backward(layers, target) {
  for (let l = layers.length - 1; l > 0; l--)
    for (const node of layers[l]) {
      let arriving = 0;
      if (l === layers.length - 1) arriving = node.output - target;
      else for (const link of node.outputs) arriving += link.weight * link.target.delta;
      node.delta = arriving * (1 - node.output * node.output);
      node.biasSum += node.delta;
      for (const link of node.inputs) link.sum += node.delta * link.source.output;
    }
}

function update(layers, rate, count) {
  for (let l = 1; l < layers.length; l++)
    for (const node of layers[l]) {
      node.bias -= rate * node.biasSum / count;
      node.biasSum = 0;
      for (const link of node.inputs) {
        link.weight -= rate * link.sum / count;
        link.sum = 0;
      }
    }
}

const data = Array.from({ length: 280 }, () => {
  const x = [2 * Math.random() - 1, 2 * Math.random() - 1];
  return { x, target: x[0] * x[1] > 0 ? 1 : -1 };
});

for (const batch of process.argv.slice(2).map(Number)) {
  const layers = network([2, 8, 8, 1]);
  const times = [];
  let place = 0;
  for (let round = 0; round < 15; round++) {
    const began = process.hrtime.bigint(), steps = Math.ceil(20000 / batch);
    for (let step = 0; step < steps; step++) {
      for (let k = 0; k < batch; k++) {
        const example = data[place++ % data.length];
        forward(layers, example);
        backward(layers, example.target);
      }
      update(layers, 0.03, batch);
    }
    times.push(Number(process.hrtime.bigint() - began) / 1000 / steps);
  }
  console.log(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]);
}
