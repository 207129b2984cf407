(* The headline claims of the barrier family, checked by Coq's kernel with its standard library of real numbers.

   First f is the loss along the chord, f1 and f2 its first two derivatives: barrier/curvature_bound and
   barrier/ridge_bound. Then z are the logits of one example of n + 1 classes: barrier/cross_entropy_gap; a mean over
   examples keeps its identities and inequalities. No lemma is assumed; `Print Assumptions` at the end lists what the
   library itself rests on. *)

Require Import Reals Lra Psatz.
Open Scope R_scope.

Section Chord.

Variables f f1 f2 : R -> R.
Hypothesis Df : forall t, 0 <= t <= 1 -> derivable_pt_lim f t (f1 t).
Hypothesis Df1 : forall t, 0 <= t <= 1 -> derivable_pt_lim f1 t (f2 t).

(* Two mean values of f and one of f1 between them: the only analysis that the bounds need. *)

Lemma slope_between : forall x y, 0 <= x -> x < y -> y <= 1 ->
  exists c, x < c < y /\ f y - f x = f1 c * (y - x).
Proof.
  intros x y H0 H1 H2.
  destruct (MVT_cor2 f f1 x y H1) as [c [E C]]; [ intros; apply Df; lra | ].
  exists c; split; [ exact C | exact E ].
Qed.

Lemma curvature_between : forall x y, 0 <= x -> x < y -> y <= 1 ->
  exists c, x < c < y /\ f1 y - f1 x = f2 c * (y - x).
Proof.
  intros x y H0 H1 H2.
  destruct (MVT_cor2 f1 f2 x y H1) as [c [E C]]; [ intros; apply Df1; lra | ].
  exists c; split; [ exact C | exact E ].
Qed.

End Chord.

(* Subtracting k t^2/2 turns a bound k on the curvature into the bound 0. *)

Section Shifted.

Variables f f1 f2 : R -> R.
Variable k : R.
Hypothesis Df : forall t, 0 <= t <= 1 -> derivable_pt_lim f t (f1 t).
Hypothesis Df1 : forall t, 0 <= t <= 1 -> derivable_pt_lim f1 t (f2 t).

Definition h t := f t - k / 2 * (t * t).
Definition h1 t := f1 t - k * t.

Lemma Dh : forall t, 0 <= t <= 1 -> derivable_pt_lim h t (h1 t).
Proof.
  intros t Ht. unfold h, h1.
  replace (k * t) with (k / 2 * (1 * t + t * 1)) by field.
  apply (derivable_pt_lim_minus f (fun t => k / 2 * (t * t))); [ apply Df; exact Ht | ].
  apply (derivable_pt_lim_scal (fun t => t * t)).
  apply (derivable_pt_lim_mult (fun t => t) (fun t => t)); apply derivable_pt_lim_id.
Qed.

Lemma Dh1 : forall t, 0 <= t <= 1 -> derivable_pt_lim h1 t (f2 t - k).
Proof.
  intros t Ht. unfold h1.
  replace (f2 t - k) with (f2 t - k * 1) by ring.
  apply (derivable_pt_lim_minus f1 (fun t => k * t)); [ apply Df1; exact Ht | ].
  apply (derivable_pt_lim_scal (fun t => t)). apply derivable_pt_lim_id.
Qed.

(* f'' >= k: the slope of h does not fall. *)

Lemma slope_rises : (forall t, 0 <= t <= 1 -> k <= f2 t) ->
  forall x y, 0 <= x -> x < y -> y <= 1 -> h1 x <= h1 y.
Proof.
  intros low x y H0 H1 H2.
  destruct (curvature_between h1 (fun t => f2 t - k) Dh1 x y H0 H1 H2) as [c [C E]].
  assert (k <= f2 c) by (apply low; lra). nra.
Qed.

Lemma slope_falls : (forall t, 0 <= t <= 1 -> f2 t <= k) ->
  forall x y, 0 <= x -> x < y -> y <= 1 -> h1 y <= h1 x.
Proof.
  intros high x y H0 H1 H2.
  destruct (curvature_between h1 (fun t => f2 t - k) Dh1 x y H0 H1 H2) as [c [C E]].
  assert (f2 c <= k) by (apply high; lra). nra.
Qed.

(* f'' >= k on a part [p, q]: f lies below its secant by k (q-a)(a-p)/2 at most. *)

Lemma below_secant : (forall t, 0 <= t <= 1 -> k <= f2 t) ->
  forall p a q, 0 <= p -> p < a -> a < q -> q <= 1 ->
  (q - p) * f a <= (q - a) * f p + (a - p) * f q - k / 2 * ((q - a) * (a - p)) * (q - p).
Proof.
  intros low p a q Hp Hpa Haq Hq.
  destruct (slope_between h h1 Dh p a) as [c [C E]]; [ lra | lra | lra | ].
  destruct (slope_between h h1 Dh a q) as [d [D G]]; [ lra | lra | lra | ].
  assert (M : h1 c <= h1 d) by (apply (slope_rises low); lra).
  unfold h in E, G.
  assert (P : 0 < (a - p) * (q - a)) by (apply Rmult_lt_0_compat; lra).
  assert (Q : (a - p) * (q - a) * h1 c <= (a - p) * (q - a) * h1 d) by (apply Rmult_le_compat_l; lra).
  nra.
Qed.

(* f'' <= k: f lies below the parabola of curvature k through either end of a part. *)

Lemma below_left_parabola : (forall t, 0 <= t <= 1 -> f2 t <= k) ->
  forall p, 0 <= p <= 1 -> f p <= f 0 + f1 0 * p + k / 2 * (p * p).
Proof.
  intros high p Hp.
  destruct (Req_dec p 0) as [Z | Z]; [ rewrite Z; apply Req_le; ring | ].
  assert (0 < p) by (destruct Hp as [[? | ?] _]; lra).
  destruct (slope_between h h1 Dh 0 p) as [c [C E]]; [ lra | lra | lra | ].
  assert (M : h1 c <= h1 0) by (apply (slope_falls high); lra).
  unfold h in E. assert (N : h1 c * (p - 0) <= h1 0 * (p - 0)) by (apply Rmult_le_compat_r; lra).
  unfold h1 in N at 2. lra.
Qed.

Lemma below_right_parabola : (forall t, 0 <= t <= 1 -> f2 t <= k) ->
  forall q, 0 <= q <= 1 -> f q <= f 1 - f1 1 * (1 - q) + k / 2 * ((1 - q) * (1 - q)).
Proof.
  intros high q Hq.
  destruct (Req_dec q 1) as [Z | Z]; [ rewrite Z; apply Req_le; ring | ].
  assert (q < 1) by (destruct Hq as [_ [? | ?]]; lra).
  destruct (slope_between h h1 Dh q 1) as [c [C E]]; [ lra | lra | lra | ].
  assert (M : h1 1 <= h1 c) by (apply (slope_falls high); lra).
  unfold h in E. assert (N : h1 1 * (1 - q) <= h1 c * (1 - q)) by (apply Rmult_le_compat_r; lra).
  unfold h1 in N at 1. nra.
Qed.

End Shifted.

Section Bounds.

Variables f f1 f2 : R -> R.
Variables m M : R.
Hypothesis Df : forall t, 0 <= t <= 1 -> derivable_pt_lim f t (f1 t).
Hypothesis Df1 : forall t, 0 <= t <= 1 -> derivable_pt_lim f1 t (f2 t).
Hypothesis low : forall t, 0 <= t <= 1 -> m <= f2 t.

Definition gap a := f a - ((1 - a) * f 0 + a * f 1).

(* barrier/curvature_bound *)

Theorem curvature_bound_at : forall a, 0 <= a <= 1 -> gap a <= - m * (a * (1 - a)) / 2.
Proof.
  intros a Ha. unfold gap.
  destruct (Req_dec a 0) as [Z | Z]; [ rewrite Z; apply Req_le; field | ].
  destruct (Req_dec a 1) as [O | O]; [ rewrite O; apply Req_le; field | ].
  assert (Ia : 0 < a < 1) by (destruct Ha as [[? | ?] [? | ?]]; lra).
  assert (S : (1 - 0) * f a <= (1 - a) * f 0 + (a - 0) * f 1 - m / 2 * ((1 - a) * (a - 0)) * (1 - 0))
    by (apply (below_secant f f1 f2 m Df Df1 low); lra).
  lra.
Qed.

Theorem curvature_bound : forall a, 0 <= a <= 1 -> gap a <= Rmax 0 (- m) / 8.
Proof.
  intros a Ha. assert (P := curvature_bound_at a Ha).
  assert (S : 0 <= (a - 1 / 2) ^ 2) by apply pow2_ge_0.
  assert (A := Rmax_l 0 (- m)). assert (B := Rmax_r 0 (- m)). set (w := Rmax 0 (- m)) in *.
  assert (Q : 0 <= a * (1 - a)) by (apply Rmult_le_pos; lra).
  assert (E : 0 <= (w + m) * (a * (1 - a))) by (apply Rmult_le_pos; lra).
  assert (G : 0 <= w * (a - 1 / 2) ^ 2) by (apply Rmult_le_pos; lra).
  nra.
Qed.

(* barrier/ridge_bound: on [0, p] and [q, 1] the upper bound M is used, on [p, q] the lower bound m *)

Hypothesis high : forall t, 0 <= t <= 1 -> f2 t <= M.

Theorem three_parts : forall a ell, 0 <= a <= 1 -> 0 <= ell <= 1 ->
  gap a <= a * (1 - a) / 2 * (M * (1 - ell) ^ 2 - m * ell ^ 2 - 2 * (1 - ell) * (f1 1 - f1 0)).
Proof.
  intros a ell Ha Hl. unfold gap.
  destruct (Req_dec a 0) as [Z | Z]; [ rewrite Z; apply Req_le; field | ].
  destruct (Req_dec a 1) as [O | O]; [ rewrite O; apply Req_le; field | ].
  assert (Ia : 0 < a < 1) by (destruct Ha as [[? | ?] [? | ?]]; lra).
  set (p := a * (1 - ell)). set (r := (1 - a) * (1 - ell)).
  assert (Hp : 0 <= p <= 1) by (unfold p; nra).
  assert (Hr : 0 <= r <= 1) by (unfold r; nra).
  assert (L := below_left_parabola f f1 f2 M Df Df1 high p Hp).
  assert (R := below_right_parabola f f1 f2 M Df Df1 high (1 - r)).
  assert (R' : f (1 - r) <= f 1 - f1 1 * r + M / 2 * (r * r)).
  { replace r with (1 - (1 - r)) at 2 3 4 by ring. apply R. lra. }
  assert (S : f a <= (1 - a) * f p + a * f (1 - r) - m / 2 * (a * (1 - a)) * (ell * ell)).
  { destruct (Req_dec ell 0) as [E | E].
    - assert (p = a) by (unfold p; rewrite E; ring). assert (1 - r = a) by (unfold r; rewrite E; ring).
      rewrite H, H0, E. apply Req_le. ring.
    - assert (0 < ell) by (destruct Hl as [[? | ?] _]; lra).
      assert (T : (1 - r - p) * f a
        <= (1 - r - a) * f p + (a - p) * f (1 - r) - m / 2 * ((1 - r - a) * (a - p)) * (1 - r - p))
        by (apply (below_secant f f1 f2 m Df Df1 low); unfold p, r; nra).
      assert (1 - r - p = ell) by (unfold p, r; ring).
      assert (1 - r - a = (1 - a) * ell) by (unfold r; ring).
      assert (a - p = a * ell) by (unfold p; ring).
      rewrite H0, H1, H2 in T.
      assert (U : ell * f a <= ell * ((1 - a) * f p + a * f (1 - r) - m / 2 * (a * (1 - a)) * (ell * ell))).
      { replace (ell * ((1 - a) * f p + a * f (1 - r) - m / 2 * (a * (1 - a)) * (ell * ell)))
          with ((1 - a) * ell * f p + a * ell * f (1 - r) - m / 2 * ((1 - a) * ell * (a * ell)) * ell) by field.
        exact T. }
      apply (Rmult_le_reg_l ell); assumption. }
  assert (V : (1 - a) * f p <= (1 - a) * (f 0 + f1 0 * p + M / 2 * (p * p))) by (apply Rmult_le_compat_l; lra).
  assert (W : a * f (1 - r) <= a * (f 1 - f1 1 * r + M / 2 * (r * r))) by (apply Rmult_le_compat_l; lra).
  assert (X : (1 - a) * (f 0 + f1 0 * p + M / 2 * (p * p)) + a * (f 1 - f1 1 * r + M / 2 * (r * r))
    - m / 2 * (a * (1 - a)) * (ell * ell) - ((1 - a) * f 0 + a * f 1)
    = a * (1 - a) / 2 * (M * (1 - ell) ^ 2 - m * ell ^ 2 - 2 * (1 - ell) * (f1 1 - f1 0)))
    by (unfold p, r; field).
  lra.
Qed.

Theorem ridge_bound_at : m < M -> forall a, 0 <= a <= 1 ->
  gap a <= a * (1 - a) / 2 * (- m - (f1 1 - f1 0 - m) ^ 2 / (M - m)).
Proof.
  intros HmM a Ha. set (sigma := f1 1 - f1 0).
  assert (B : m <= sigma <= M).
  { destruct (curvature_between f1 f2 Df1 0 1) as [c [C E]]; [ lra | lra | lra | ].
    assert (A := low c). assert (D := high c). unfold sigma. nra. }
  set (ell := (M - sigma) / (M - m)).
  assert (Hl : 0 <= ell <= 1).
  { unfold ell. split.
    - apply Rmult_le_pos; [ lra | left; apply Rinv_0_lt_compat; lra ].
    - apply (Rmult_le_reg_r (M - m)); [ lra | ]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. }
  assert (T := three_parts a ell Ha Hl). fold sigma in T.
  replace (- m - (sigma - m) ^ 2 / (M - m))
    with (M * (1 - ell) ^ 2 - m * ell ^ 2 - 2 * (1 - ell) * sigma) by (unfold ell; field; lra).
  exact T.
Qed.

Theorem stationary_bound : m < 0 -> 0 < M -> f1 1 = f1 0 -> forall a, 0 <= a <= 1 ->
  gap a <= - m * M / (8 * (- m + M)).
Proof.
  intros Hm HM E a Ha. assert (T := ridge_bound_at ltac:(lra) a Ha).
  replace (f1 1 - f1 0) with 0 in T by lra.
  assert (P : 0 < - m * M / (M - m)).
  { apply Rmult_lt_0_compat; [ nra | apply Rinv_0_lt_compat; lra ]. }
  replace (- m - (0 - m) ^ 2 / (M - m)) with (- m * M / (M - m)) in T by (field; lra).
  replace (- m * M / (8 * (- m + M))) with (1 / 8 * (- m * M / (M - m))) by (field; lra).
  assert (S : 0 <= (a - 1 / 2) ^ 2) by apply pow2_ge_0.
  nra.
Qed.

End Bounds.

(* Sums over the classes 0 .. n-1 of an example. *)

Fixpoint sum (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S m => sum m f + f m end.

Lemma sum_ext : forall n f g, (forall i, f i = g i) -> sum n f = sum n g.
Proof. intros n f g E. induction n; simpl; [ | rewrite IHn, E ]; reflexivity. Qed.

Lemma sum_plus : forall n f g, sum n (fun i => f i + g i) = sum n f + sum n g.
Proof. intros n f g. induction n; simpl; [ | rewrite IHn ]; ring. Qed.

Lemma sum_scale : forall n c f, sum n (fun i => c * f i) = c * sum n f.
Proof. intros n c f. induction n; simpl; [ | rewrite IHn ]; ring. Qed.

Lemma sum_le : forall n f g, (forall i, f i <= g i) -> sum n f <= sum n g.
Proof. intros n f g L. induction n; simpl; [ | specialize (L n) ]; lra. Qed.

Lemma sum_pos : forall n f, (forall i, 0 < f i) -> 0 < sum (S n) f.
Proof. intros n f P. induction n; simpl in *; [ | specialize (P (S n)) ]; try specialize (P O); lra. Qed.

Lemma exp_le : forall x y, x <= y -> exp x <= exp y.
Proof. intros x y [L | E]; [ left; apply exp_increasing; exact L | right; rewrite E; reflexivity ]. Qed.

Lemma exp_le_inv : forall x y, exp x <= exp y -> x <= y.
Proof.
  intros x y L. destruct (Rle_or_lt x y) as [A | A]; [ exact A | ].
  apply exp_increasing in A. lra.
Qed.

(* Log-sum-exp of n + 1 logits, and their probabilities. *)

Section Logits.

Variable n : nat.
Notation total := (sum (S n)).

Definition lse (z : nat -> R) := ln (total (fun i => exp (z i))).
Definition prob (z : nat -> R) i := exp (z i - lse z).
Definition kl (z w : nat -> R) := total (fun i => prob z i * (ln (prob z i) - ln (prob w i))).

Lemma exp_lse : forall z, exp (lse z) = total (fun i => exp (z i)).
Proof. intros z. apply exp_ln, sum_pos. intros i. apply exp_pos. Qed.

Lemma prob_total : forall z, total (prob z) = 1.
Proof.
  intros z.
  rewrite (sum_ext _ (prob z) (fun i => exp (- lse z) * exp (z i))).
  - rewrite sum_scale, <- exp_lse, <- exp_plus. replace (- lse z + lse z) with 0 by ring. apply exp_0.
  - intros i. unfold prob. rewrite <- exp_plus. f_equal. ring.
Qed.

Lemma ln_prob : forall z i, ln (prob z i) = z i - lse z.
Proof. intros z i. unfold prob. apply ln_exp. Qed.

(* barrier/cross_entropy_gap: the curvature cost is a Kullback-Leibler divergence. *)

Theorem curvature_cost_is_kl : forall z w,
  lse w - lse z - total (fun i => prob z i * (w i - z i)) = kl z w.
Proof.
  intros z w. unfold kl.
  rewrite (sum_ext _ (fun i => prob z i * (ln (prob z i) - ln (prob w i)))
    (fun i => (lse w - lse z) * prob z i + -1 * (prob z i * (w i - z i)))).
  - rewrite sum_plus, !sum_scale, prob_total. ring.
  - intros i. rewrite !ln_prob. ring.
Qed.

Theorem kl_nonnegative : forall z w, 0 <= kl z w.
Proof.
  intros z w. unfold kl.
  assert (L : total (fun i => prob z i + -1 * prob w i)
    <= total (fun i => prob z i * (ln (prob z i) - ln (prob w i)))).
  { apply sum_le. intros i.
    assert (P : 0 < prob z i) by apply exp_pos.
    assert (T := exp_ineq1_le (ln (prob w i) - ln (prob z i))).
    assert (Q : prob w i = prob z i * exp (ln (prob w i) - ln (prob z i))).
    { rewrite !ln_prob. unfold prob. rewrite <- exp_plus. f_equal. ring. }
    assert (M : prob z i * (1 + (ln (prob w i) - ln (prob z i))) <= prob w i)
      by (apply Rle_trans with (prob z i * exp (ln (prob w i) - ln (prob z i)));
          [ apply Rmult_le_compat_l; lra | lra ]).
    lra. }
  rewrite sum_plus, sum_scale, !prob_total in L. lra.
Qed.

(* The gap of one example with the label y: z_a and z_b at the ends, z between them, zbar the line. *)

Variable y : nat.
Variables z_a z_b z : nat -> R.
Variable t : R.

Definition loss (x : nat -> R) := lse x - x y.
Definition zbar i := (1 - t) * z_a i + t * z_b i.
Definition error i := z i - zbar i.
Definition gain := (1 - t) * kl zbar z_a + t * kl zbar z_b.
Definition linear := total (fun i => prob zbar i * error i) - error y.

Theorem cross_entropy_gap :
  loss z - ((1 - t) * loss z_a + t * loss z_b) = linear + kl zbar z - gain.
Proof.
  unfold gain. rewrite <- !curvature_cost_is_kl. unfold loss, linear.
  assert (G : (1 - t) * total (fun i => prob zbar i * (z_a i - zbar i))
    + t * total (fun i => prob zbar i * (z_b i - zbar i)) = 0).
  { rewrite <- !sum_scale, <- sum_plus.
    rewrite (sum_ext _ _ (fun i => 0 * prob zbar i)).
    - rewrite sum_scale. ring.
    - intros i. unfold zbar. ring. }
  assert (E : error y = z y - (1 - t) * z_a y - t * z_b y) by (unfold error, zbar; ring).
  rewrite E. unfold error at 1. lra.
Qed.

Theorem cross_entropy_lower : linear - gain <= loss z - ((1 - t) * loss z_a + t * loss z_b).
Proof. rewrite cross_entropy_gap. assert (K := kl_nonnegative zbar z). lra. Qed.

(* At most M above the line in every class: the gap is at most M - E_y. *)

Theorem cross_entropy_risen : forall M, (forall i, error i <= M) ->
  loss z - ((1 - t) * loss z_a + t * loss z_b) <= M - error y - gain.
Proof.
  intros M HM. rewrite cross_entropy_gap, <- curvature_cost_is_kl. unfold linear.
  assert (B : lse z <= lse zbar + M).
  { apply exp_le_inv. rewrite exp_plus, !exp_lse, Rmult_comm, <- sum_scale. apply sum_le. intros i.
    rewrite <- exp_plus. apply exp_le. specialize (HM i). unfold error in HM. lra. }
  unfold error at 1. lra.
Qed.

End Logits.

(* Cross-entropy is convex in the logits: exp is, by its tangent, and the probabilities of both ends add up to 1. *)

Lemma exp_convex : forall u v t, 0 <= t <= 1 -> exp ((1 - t) * u + t * v) <= (1 - t) * exp u + t * exp v.
Proof.
  intros u v t Ht. set (c := (1 - t) * u + t * v).
  assert (T : forall x, exp c * (1 + (x - c)) <= exp x).
  { intros x. replace (exp x) with (exp c * exp (x - c)) by (rewrite <- exp_plus; f_equal; ring).
    apply Rmult_le_compat_l; [ left; apply exp_pos | apply exp_ineq1_le ]. }
  assert (U := T u). assert (V := T v).
  assert (A : (1 - t) * (exp c * (1 + (u - c))) <= (1 - t) * exp u) by (apply Rmult_le_compat_l; lra).
  assert (B : t * (exp c * (1 + (v - c))) <= t * exp v) by (apply Rmult_le_compat_l; lra).
  assert (C : (1 - t) * (exp c * (1 + (u - c))) + t * (exp c * (1 + (v - c))) = exp c) by (unfold c; ring).
  lra.
Qed.

Theorem cross_entropy_convex : forall n y z_a z_b t, 0 <= t <= 1 ->
  loss n y (zbar z_a z_b t) <= (1 - t) * loss n y z_a + t * loss n y z_b.
Proof.
  intros n y z_a z_b t Ht. unfold loss.
  set (a := lse n z_a). set (b := lse n z_b). set (m := (1 - t) * a + t * b).
  assert (B : lse n (zbar z_a z_b t) <= m).
  { apply exp_le_inv. rewrite exp_lse.
    rewrite (sum_ext _ _ (fun i => exp m * exp ((1 - t) * (z_a i - a) + t * (z_b i - b)))).
    2: { intros i. rewrite <- exp_plus. f_equal. unfold zbar, m. ring. }
    rewrite sum_scale.
    assert (S : sum (S n) (fun i => exp ((1 - t) * (z_a i - a) + t * (z_b i - b)))
      <= sum (S n) (fun i => (1 - t) * prob n z_a i + t * prob n z_b i))
      by (apply sum_le; intros i; apply exp_convex; exact Ht).
    rewrite sum_plus, !sum_scale, !prob_total in S.
    replace (exp m) with (exp m * 1) at 2 by ring.
    apply Rmult_le_compat_l; [ left; apply exp_pos | lra ]. }
  unfold zbar at 2. unfold m in B. lra.
Qed.

Print Assumptions curvature_bound.
Print Assumptions ridge_bound_at.
Print Assumptions stationary_bound.
Print Assumptions cross_entropy_gap.
Print Assumptions cross_entropy_risen.
Print Assumptions cross_entropy_convex.
