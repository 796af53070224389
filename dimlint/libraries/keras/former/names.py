"""Which of the names that programs ask Keras for its latest version does not have: recorded from Keras 3.15 and TensorFlow 2.21."""

FORMER = """Functional InputLayer Model.evaluate_generator Model.fit_generator Model.predict_classes Model.predict_generator
Model.predict_proba Model.to_yaml __internal__ api api_export applications.Backbone
applications.imagenet_utils._obtain_input_shape applications.imagenet_utils.correct_pad
applications.imagenet_utils.obtain_input_shape applications.imagenet_utils.validate_activation backend.Model
backend.Sequential backend.align_input_shape_by_image_data_format backend.concat backend.convert_to_tensor
backend.deserialize_keras_object backend.function backend.gelu backend.get_file backend.get_session backend.identity
backend.image_dim_ordering backend.in_test_phase backend.in_train_phase backend.isnan backend.learning_phase
backend.learning_phase_scope backend.log_sigmoid backend.logsumexp backend.manual_variable_initialization backend.negative
backend.normalize_batch_in_training backend.pad backend.placeholder backend.print_tensor backend.random_binomial
backend.register_keras_serializable backend.reset_uids backend.resize backend.selu backend.serialize_keras_object
backend.set_image_dim_ordering backend.set_learning_phase backend.set_session backend.split backend.swish backend.symbolic
backend.tensorflow_backend backend.tf backend.theano_backend callbacks.BaseLogger constraints.RadialConstraint
constraints.maxnorm constraints.nonneg constraints.radial_constraint constraints.unitnorm datasets.Sequences engine estimator
experimental initializations initializers.normal initializers.one initializers.uniform initializers.zero layers.AtrousConv1D
layers.AtrousConv2D layers.AtrousConvolution1D layers.AtrousConvolution2D layers.BatchNormalizationV1
layers.BatchNormalizationV2 layers.Container layers.ConvRecurrent2D layers.CuDNNGRU layers.CuDNNLSTM layers.Deconv2D
layers.Deconvolution2D layers.Deconvolution3D layers.DenseFeatures layers.DepthwiseConvolution2D layers.Functional
layers.GroupedQueryAttention layers.Highway layers.Layer.get_input_at layers.Layer.get_input_shape_at
layers.Layer.get_output_at layers.Layer.get_output_shape_at layers.LocallyConnected1D layers.LocallyConnected2D
layers.MaxoutDense layers.Merge layers.Model layers.Network layers.ParametricSoftplus layers.PreprocessingLayer layers.SReLU
layers.Sequential layers.SyncBatchNormalization layers.TimeDistributedDense layers._Merge layers.advanced_activations layers.base_layer
layers.convolutional layers.convolutional_recurrent layers.core layers.embeddings layers.experimental layers.functional
layers.get_source_inputs layers.input_layer layers.local layers.merge layers.network layers.noise layers.normalization
layers.pooling layers.preprocessing layers.recurrent layers.reshaping layers.rnn layers.sequential layers.topology
layers.training layers.wrappers losses.cosine losses.cosine_proximity metrics.MeanRelativeError metrics.MeanTensor
metrics.Metric.reset_states metrics.Reduce metrics.SumOverBatchSize metrics.accuracy metrics.cosine metrics.cosine_proximity
metrics.cosine_similarity models.Functional models.Input models.clone_and_build_model models.get_source_inputs models.merge
models.model_from_config models.model_from_yaml objectives ops.affine_transform ops.crop_images ops.elastic_transform
ops.extract_patches ops.extract_patches_3d ops.gaussian_blur ops.get_source_inputs ops.hsv_to_rgb ops.map_coordinates
ops.operation_utils ops.pad_images ops.perspective_transform ops.resize ops.rgb_to_grayscale ops.rgb_to_hsv
ops.scale_and_translate ops.sobel_edges ops.ssim optimizers.CosineDecay optimizers.CosineDecayRestarts
optimizers.ExponentialDecay optimizers.InverseTimeDecay optimizers.LearningRateSchedule optimizers.PiecewiseConstantDecay
optimizers.PolynomialDecay optimizers.TFOptimizer optimizers.experimental premade preprocessing.image.Image
regularizers.activity_l2 regularizers.l1l2 utils.count_params utils.data_utils utils.exists utils.file_utils
utils.generic_utils utils.layer_utils utils.multi_gpu_model utils.np_utils utils.print_summary utils.validate_file
utils.vis_utils wrappers.scikit_learn"""
"""Neither ``keras`` nor ``tensorflow.keras`` has these, nor what stands below them."""

WAVERING = """Tensor._keras_shape _tf_keras backend.abs backend.all backend.any backend.arange backend.argmax backend.argmin
backend.batch_dot backend.batch_flatten backend.batch_get_value backend.batch_normalization backend.batch_set_value
backend.bias_add backend.binary_crossentropy backend.cast backend.cast_to_floatx backend.categorical_crossentropy backend.clip
backend.concatenate backend.constant backend.conv1d backend.conv2d backend.conv2d_transpose backend.conv3d backend.cos
backend.count_params backend.ctc_batch_cost backend.ctc_decode backend.ctc_label_dense_to_sparse backend.cumprod
backend.cumsum backend.depthwise_conv2d backend.dot backend.dropout backend.dtype backend.elu backend.equal backend.eval
backend.exp backend.expand_dims backend.eye backend.flatten backend.foldl backend.foldr backend.gather backend.get_value
backend.gradients backend.greater backend.greater_equal backend.hard_sigmoid backend.in_top_k backend.int_shape
backend.is_sparse backend.l2_normalize backend.less backend.less_equal backend.log backend.map_fn backend.max backend.maximum
backend.mean backend.min backend.minimum backend.moving_average_update backend.name_scope backend.ndim backend.not_equal
backend.one_hot backend.ones backend.ones_like backend.permute_dimensions backend.pool2d backend.pool3d backend.pow
backend.prod backend.random_bernoulli backend.random_normal backend.random_normal_variable backend.random_uniform
backend.random_uniform_variable backend.relu backend.repeat backend.repeat_elements backend.reshape backend.resize_images
backend.resize_volumes backend.reverse backend.rnn backend.round backend.separable_conv2d backend.set_value backend.shape
backend.sigmoid backend.sign backend.sin backend.softmax backend.softplus backend.softsign
backend.sparse_categorical_crossentropy backend.spatial_2d_padding backend.spatial_3d_padding backend.sqrt backend.square
backend.squeeze backend.stack backend.std backend.stop_gradient backend.sum backend.switch backend.tanh
backend.temporal_padding backend.tile backend.to_dense backend.transpose backend.truncated_normal backend.update
backend.update_add backend.update_sub backend.var backend.variable backend.zeros backend.zeros_like layers.Layer.reset_state
layers.Layer.reset_states layers.ThresholdedReLU losses.KLD losses.MAE losses.MAPE losses.MSE losses.MSLE losses.kl_divergence
losses.kld losses.kullback_leibler_divergence losses.log_cosh losses.logcosh losses.mae losses.mape losses.mean_absolute_error
losses.mean_absolute_percentage_error losses.mean_squared_error losses.mean_squared_logarithmic_error losses.mse losses.msle
metrics.KLD metrics.MAE metrics.MAPE metrics.MSE metrics.MSLE metrics.kl_divergence metrics.kld
metrics.kullback_leibler_divergence metrics.log_cosh metrics.logcosh metrics.mae metrics.mape metrics.mean_absolute_error
metrics.mean_absolute_percentage_error metrics.mean_squared_error metrics.mean_squared_logarithmic_error metrics.mse
metrics.msle preprocessing.image.DirectoryIterator preprocessing.image.ImageDataGenerator preprocessing.image.Iterator
preprocessing.image.NumpyArrayIterator preprocessing.sequence.TimeseriesGenerator preprocessing.sequence.make_sampling_table
preprocessing.sequence.skipgrams preprocessing.text preprocessing.text.Tokenizer preprocessing.text.hashing_trick
preprocessing.text.one_hot preprocessing.text.text_to_word_sequence preprocessing.text.tokenizer_from_json saving
saving.CustomObjectScope saving.custom_object_scope saving.deserialize_keras_object saving.get_custom_objects
saving.get_registered_name saving.get_registered_object saving.load_model saving.load_weights
saving.register_keras_serializable saving.save_model saving.save_weights saving.serialize_keras_object src"""
"""Only one of the two has these, or only some objects."""
