"""Programs that read the names that Keras gives, and what they find: ``out`` at the end of each."""

from __future__ import annotations

HEAD = "import keras\nfrom keras import layers, ops\nkeras.backend.clear_session()\n"

PROGRAMS: dict[str, tuple[str, list[str]]] = {
    "one counter for each class": (
        "out = [layers.Conv2D(3, 3).name, layers.Dense(3).name, layers.Conv2D(3, 3).name, layers.LSTM(3).name, layers.ReLU().name]\n"
        "out += [layers.UpSampling2D().name, layers.Conv2DTranspose(3, 3).name, layers.ConvLSTM2D(3, 3).name, layers.PReLU().name]\n",
        ["conv2d", "dense", "conv2d_1", "lstm", "re_lu", "up_sampling2d", "conv2d_transpose", "conv_lstm2d", "p_re_lu"],
    ),
    "aliases have the name of the class": (
        "out = [layers.MaxPool2D().name, layers.MaxPooling2D().name, layers.AvgPool1D(2).name, layers.GlobalAvgPool2D().name]\n"
        "out += [layers.GroupQueryAttention(4, 2, 1).name]\n",
        ["max_pooling2d", "max_pooling2d_1", "average_pooling1d", "global_average_pooling2d", "grouped_query_attention"],
    ),
    "a given name does not count": (
        "out = [layers.Dense(3, name='first').name, layers.Dense(3).name, layers.SpatialDropout1D(0.1, None, 'x').name]\n",
        ["first", "dense", "x"],
    ),
    "classes of the program": (
        "class MyBlock(layers.Layer):\n"
        "    def __init__(self, inner=None, **kwargs):\n"
        "        super().__init__(**kwargs)\n"
        "        self.inner = inner\n"
        "class HTTPNet2D(keras.Model):\n"
        "    pass\n"
        "class MyConv(layers.Conv2D):\n"
        "    pass\n"
        "b = MyBlock(MyBlock())\n"
        "out = [b.name, b.inner.name, MyBlock(name='n').name, HTTPNet2D().name, MyConv(3, 3).name, layers.Conv2D(3, 3).name]\n",
        ["my_block_1", "my_block", "n", "http_net2d", "my_conv", "conv2d"],
    ),
    "a loop": (
        "x = i = keras.Input((8,))\nfor _ in range(3):\n    x = layers.Dense(4)(x)\n    x = layers.BatchNormalization()(x)\n"
        "out = [layer.name for layer in keras.Model(i, x).layers[3:]]\n",
        ["dense_1", "batch_normalization_1", "dense_2", "batch_normalization_2"],
    ),
    "models": (
        "x = keras.Input((4,))\nm = keras.Model(x, layers.Dense(3)(x))\nn = keras.Model(x, m(x), name='n')\n"
        "s = keras.Sequential([layers.Dense(3)])\nt = keras.Sequential([keras.Input((3,)), layers.Dense(3)])\n"
        "out = [m.name, n.name, s.name, t.name, keras.Model(x, m(x)).name, keras.Model().name]\n",
        ["functional", "n", "sequential", "sequential_1", "functional_2", "model"],
    ),
    "a sequential model is made anew with each layer": (
        "s = keras.Sequential()\ns.add(keras.Input((4,)))\ns.add(layers.Dense(3))\ns.add(layers.Dense(3))\ns.pop()\n"
        "x = keras.Input((4,))\nout = [keras.Model(x, s(x)).name, keras.Model(x, s(x)).layers[0].name, s.layers[0].name]\n",
        ["functional_3", "input_layer_1", "dense"],
    ),
    "a sequential model that is built later": (
        "s = keras.Sequential([layers.Dense(3), layers.Dense(3)])\ns.build((None, 4))\n"
        "u = keras.Sequential([layers.Dense(3)])\nx = keras.Input((4,))\nu(x)\nu(x)\ny = keras.Input((4,))\n"
        "out = [layer.name for layer in keras.Model(y, u(y)).layers] + [keras.Model(y, u(y)).name]\n",
        ["input_layer_3", "sequential_1", "functional_3"],
    ),
    "a model as the first layer": (
        "x = keras.Input((4,))\nbase = keras.Model(x, layers.Dense(3)(x))\ns = keras.Sequential()\ns.add(base)\ns.add(layers.Dense(2))\n"
        "s.add(layers.Dense(2))\ny = keras.Input((4,))\nout = [keras.Model(y, s(y)).name, keras.Model(y, s(y)).layers[0].name]\n"
        "out += [layer.name for layer in s.layers]\n",
        ["functional_3", "input_layer_2", "functional", "dense_1", "dense_2"],
    ),
    "operations count too": (
        "x = keras.Input((4, 4))\ny = x + 1\nz = layers.Add()([x, y])\nw = layers.add([x, z])\nv = keras.activations.relu(w) * 2\n"
        "out = [layers.Add().name, layers.ReLU().name, layers.Multiply().name, layers.Subtract().name]\n"
        "u = ops.concatenate([x, x]) - ops.softmax(x[:, :1])\n"
        "out += [layers.Concatenate().name, layers.Softmax().name, layers.Subtract().name, layers.concatenate([x, "
        "x]).shape[-1] == 8 and 'ok']\n",
        ["add_3", "re_lu_1", "multiply_1", "subtract", "concatenate_1", "softmax_1", "subtract_2", "ok"],
    ),
    "but not those inside of layers": (
        "class L(layers.Layer):\n    def call(self, x):\n        return ops.relu(x + 1) * 2\n"
        "x = keras.Input((4,))\ny = layers.Lambda(lambda t: t + t)(L()(x))\nout = [layers.Add().name, layers.Multiply().name]\n",
        ["add", "multiply"],
    ),
    "layers in build": (
        "class L(layers.Layer):\n    def build(self, shape):\n        self.inner = layers.Dense(3)\n        self.inner.build(shape)\n"
        "    def call(self, x):\n        return self.inner(x)\n"
        "l = L()\nd = layers.Dense(3)\nl(keras.Input((4,)))\nout = [d.name, l.inner.name]\n",
        ["dense", "dense_1"],
    ),
    "what library layers make": (
        "x = keras.Input((4, 3))\nlayers.MultiHeadAttention(2, 3)(x, x)\nlayers.RandAugment()\nlayers.TextVectorization()\n"
        "out = [layers.Softmax().name, layers.Dropout(0.1).name, layers.RandomShear().name, layers.StringLookup().name]\n",
        ["softmax_1", "dropout_1", "random_shear_1", "string_lookup_1"],
    ),
    "branches in Keras' order": (
        "a = keras.Input((8,), name='a')\nb = keras.Input((8,), name='b')\n"
        "x = layers.Dense(4, name='x')(a)\ny = layers.Dense(4, name='y1')(b)\ny = layers.Dense(4, name='y2')(y)\n"
        "z = layers.concatenate([x, y], name='z')\n"
        "out = [layer.name for layer in keras.Model([b, a], layers.Dense(2, name='o')(z)).layers]\n",
        ["b", "a", "y1", "x", "y2", "z", "o"],
    ),
    "a residual network": (
        "i = keras.Input((8,))\nx = layers.Dense(4)(i)\nfor _ in range(2):\n    y = layers.Dense(4)(x)\n    y = layers.Dense(4)(y)\n"
        "    x = layers.add([x, y])\n    x = layers.ReLU()(x)\n"
        "m = keras.Model(i, [layers.Dense(1)(x), layers.Dense(2)(y)])\nout = [layer.name for layer in m.layers]\n",
        ["input_layer", "dense", "dense_1", "dense_2", "add", "re_lu", "dense_3", "dense_4", "add_1", "re_lu_1", "dense_5", "dense_6"],
    ),
    "a shared layer stands where it is used first": (
        "a, b = keras.Input((8,)), keras.Input((8,))\nd = layers.Dense(4)\nx, y = d(a), layers.Dense(8)(b)\n"
        "m = keras.Model([a, b], layers.concatenate([x, d(y)]))\nout = [layer.name for layer in m.layers]\n",
        ["input_layer_1", "input_layer", "dense_1", "dense", "concatenate"],
    ),
    "inputs by name": (
        "a, b = keras.Input((8,), name='a'), keras.Input((4,), name='b')\n"
        "m = keras.Model({'b': b, 'a': a}, layers.concatenate([a, b]))\n"
        "out = [layer.name for layer in m.layers] + [t.name for t in m.inputs]\n",
        ["a", "b", "concatenate", "a", "b"],
    ),
    "a layer by its name": (
        "i = keras.Input((8,))\nm = keras.Model(i, layers.Dense(2)(layers.Dense(5)(layers.Dense(4)(i))))\n"
        "out = [str(m.get_layer('dense_1').units), str(m.get_layer('dense').units), m.get_layer(index=1).name, m.layers[-1].name]\n"
        "f = keras.Model(m.input, m.get_layer('dense_2').output)\nout.append(f.output.shape[-1])\n",
        ["5", "2", "dense_2", "dense", 4],
    ),
    "part of a model": (
        "i = keras.Input((8,))\nx = layers.Dense(4)(i)\ny = layers.Dense(5)(x)\nm = keras.Model(i, layers.Dense(3)(y))\n"
        "p = keras.Model(x, m.output)\nout = [layer.name for layer in p.layers[1:]] + [p.name]\n",
        ["dense_1", "dense_2", "functional_1"],
    ),
    "a new session": (
        "layers.Dense(3)\nkeras.utils.clear_session()\nout = [layers.Dense(3).name, layers.Dense(4).name]\n",
        ["dense", "dense_1"],
    ),
    "numbers of the program's own": (
        "layers.Dense(3)\nout = [str(keras.backend.get_uid('dense')), layers.Dense(3).name, str(keras.backend.get_uid('x'))]\n",
        ["2", "dense_2", "1"],
    ),
    "layers that a model of the program's own holds": (
        "class M(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.b = layers.Dense(3)\n"
        "        self.a = layers.Dense(4)\n"
        "        self.blocks = [layers.Conv2D(3, 3) for _ in range(2)]\nout = [layer.name for layer in M().layers]\n",
        ["dense", "dense_1", "conv2d", "conv2d_1"],
    ),
    "a layer that gives back its input": (
        "class Same(layers.Layer):\n    def call(self, x):\n        return x\n"
        "i = keras.Input((3,))\nout = [layer.name for layer in keras.Model(i, Same()(layers.Dense(2)(i))).layers]\n",
        ["input_layer", "dense", "same"],
    ),
    "a nested model is one layer": (
        "i = keras.Input((3,))\ninner = keras.Sequential([layers.Dense(2), layers.Dense(4)])\no = keras.Input((3,))\n"
        "m = keras.Model(o, layers.Dense(1)(inner(o)))\nout = [layer.name for layer in m.layers] + [m.layers[1].layers[1].name]\n",
        ["input_layer_1", "sequential", "dense_2", "dense_1"],
    ),
    "wrappers": (
        "out = [layers.Bidirectional(layers.LSTM(3)).name, layers.TimeDistributed(layers.Dense(3)).name, layers.LSTM(3).name]\n",
        ["bidirectional", "time_distributed", "lstm_1"],
    ),
    "masks": (
        "i = keras.Input((6,))\nx = layers.Embedding(9, 3, mask_zero=True)(i)\ny = layers.LSTM(4)(x)\n"
        "m = keras.Model(i, layers.Dense(2)(y))\n"
        "out = [layer.name for layer in m.layers]\n",
        ["input_layer", "embedding", "lstm", "dense"],
    ),
}
"""What the program does, by what it shows. The names are those of Keras 3.15, which the oracle tests confirm."""
